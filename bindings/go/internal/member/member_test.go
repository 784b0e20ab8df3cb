package member

// Members are those that encoding/json finds, and broken text breaks nothing.

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

const object = `{"a":1,"text":"say \"}\" \\","nested":{"a":[{"b":"]"},2]}, "l" : [ ] ,"t\u0065n":-1.5e3,` +
	`"":null,"z":true}`

func TestFind(t *testing.T) {
	for key, want := range map[string]string{
		"a": "1", "text": `"say \"}\" \\"`, "nested": `{"a":[{"b":"]"},2]}`, "l": "[ ]", "ten": "-1.5e3", "": "null", "z": "true",
	} {
		if got, found := Find(object, key); !found || got != want {
			t.Errorf("%q: got %q, %v, want %q", key, got, found, want)
		}
	}
	if got, found := Find(object, "b"); found {
		t.Errorf("a member of a member was found: %q", got)
	}
}

func TestBrokenTextHasNoMembersFromThereOn(t *testing.T) {
	for _, broken := range []string{
		"", " ", "{", "{}", "[]", "null", `"a"`, `{"b"`, `{"b":`, `{"b":1`, `{"b":"`, `{"b":"\`, `{"b":{"c":1`, `{"b":["`,
		`{b:1,"a":2}`, `{"b" 1,"a":2}`, `{"b":1;"a":2}`, `{"b":,"a":2}`, `{"\x":1`,
	} {
		if got, found := Find(broken, "a"); found {
			t.Errorf("%s: found %q", broken, got)
		}
	}
	if got, found := Find(`{"a":1,"b":`, "a"); !found || got != "1" {
		t.Errorf("what stands before the fault: got %q, %v", got, found)
	}
}

func TestUnquote(t *testing.T) {
	for quoted, want := range map[string]string{`""`: "", `"a"`: "a", `"\u00fc\n\"\ud83d\ude00"`: "ü\n\"😀", `"ü"`: "ü"} {
		if got, ok := Unquote(quoted); !ok || got != want {
			t.Errorf("%s: got %q, %v", quoted, got, ok)
		}
	}
	for _, broken := range []string{"", `"`, "a", `"a`, `"a"b"`, `"\x"`, `"\"`} {
		if got, ok := Unquote(broken); ok {
			t.Errorf("%s: got %q", broken, got)
		}
	}
}

// FuzzFind: in valid JSON a member is found exactly if encoding/json finds it, and text that is none is survived.
func FuzzFind(f *testing.F) {
	f.Add(object, "ten")
	f.Add(`{"a":1}`, "a")
	f.Add(`[{"a":1}]`, "a")
	f.Add(`{"b":"\`, "b")
	f.Fuzz(func(t *testing.T, object, key string) {
		got, found := Find(object, key)
		var members map[string]json.RawMessage
		if !utf8.ValidString(object+key) || json.Unmarshal([]byte(object), &members) != nil {
			return
		}
		if _, want := members[key]; found != want {
			t.Errorf("found %v, want %v", found, want)
		}
		if found && !json.Valid([]byte(got)) {
			t.Errorf("got %q", got)
		}
	})
}
