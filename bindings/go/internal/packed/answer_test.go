package packed

// What comes from C: read whole, refused in part.

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
)

// An answer of Decide as the library writes it, with everything that can stand in front of its body.
var full = concat(
	[]byte{1, 1, 0, 0},
	[]byte{1}, text(`{"user_id":"u"}`),
	number(1), text("rule"), text("uuid"), text(`{"instances":[]}`),
	number(1), number(1), text("flag"), text(`{"type":"flag"}`),
	[]byte{1, 2, 3, 63}, number(21), text("flag"), text(""), text("on"), text("10"), text("20"), text("c-m-a-b"),
	text(`{"price":1}`), number(2), text("first"), text(""), text("because"), text(`{"because":true}`),
)

var wholeDecision = Decision{
	Enabled: true, Event: 2, Source: 3, Status: 21,
	FlagKey: "flag", VariationKey: "on", RuleID: "10", VariationID: "20", CMABUUID: "c-m-a-b",
	Variables: `{"price":1}`, Reasons: []string{"first", ""}, ExplainText: "because", ExplainJSON: `{"because":true}`,
}

func concat(parts ...[]byte) []byte { return slices.Concat(parts...) }

func number(value uint32) []byte { return binary.LittleEndian.AppendUint32(nil, value) }

func text(value string) []byte { return append(number(uint32(len(value))), value...) }

func TestReadWhole(t *testing.T) {
	answer, ok := Read(full)
	if !ok || !answer.ProfileChanged || answer.Profile != `{"user_id":"u"}` || !answer.HasBody {
		t.Fatalf("got %+v, %v", answer, ok)
	}
	if want := []Needed{{"rule", "uuid", `{"instances":[]}`}}; !slices.Equal(answer.Needed, want) {
		t.Errorf("got %+v", answer.Needed)
	}
	if want := []Notification{{1, "flag", `{"type":"flag"}`}}; !slices.Equal(answer.Notifications, want) {
		t.Errorf("got %+v", answer.Notifications)
	}
	if got := answer.Body.Decision(); !reflect.DeepEqual(got, wholeDecision) || !answer.Body.Ended() {
		t.Errorf("got  %+v\nwant %+v", got, wholeDecision)
	}
}

func TestReadDecisionWithoutTexts(t *testing.T) {
	least := concat([]byte{1, 1, 0, 0, 0}, number(0), number(0), make([]byte, DecisionSize))
	answer, ok := Read(least)
	if got := answer.Body.Decision(); !ok || !reflect.DeepEqual(got, Decision{}) || !answer.Body.Ended() {
		t.Errorf("got %+v, %v", got, ok)
	}
	for bit, want := range []Decision{
		{FlagKey: "x"}, {RuleKey: "x"}, {VariationKey: "x"}, {RuleID: "x"}, {VariationID: "x"}, {CMABUUID: "x"},
	} {
		body := Body{reader{rest: string(concat([]byte{0, 0, 0, 1 << bit}, number(0), text("x"), make([]byte, 16)))}}
		if got := body.Decision(); !reflect.DeepEqual(got, want) || !body.Ended() {
			t.Errorf("bit %d: got %+v", bit, got)
		}
	}
}

func TestReadAnswerThatSaysNothing(t *testing.T) {
	bare := make([]byte, bareSize)
	bare[0] = Version
	answer, ok := Read(bare)
	if !ok || !reflect.DeepEqual(answer, Answer{}) {
		t.Errorf("got %+v, %v", answer, ok)
	}
	if allocations := testing.AllocsPerRun(100, func() { _, _ = Read(bare) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestReadList(t *testing.T) {
	body := Body{reader{rest: string(concat(number(2), text("a"), text(""), number(3), number(0)))}}
	if keys, refused := body.Texts(), body.Long(); !slices.Equal(keys, []string{"a", ""}) || refused != 3 || !body.Ended() {
		t.Errorf("got %q, %d", keys, refused)
	}
}

func TestAnswerCutShortOrLongIsRefused(t *testing.T) {
	for size := range full {
		answer, ok := Read(full[:size])
		if _ = answer.Body.Decision(); ok && answer.Body.Ended() {
			t.Errorf("the first %d bytes were read as %+v", size, answer)
		}
	}
	answer, _ := Read(append(slices.Clone(full), 0))
	if _ = answer.Body.Decision(); answer.Body.Ended() {
		t.Error("a byte left over was overlooked")
	}
}

func TestAnswerOfAnotherFormIsRefused(t *testing.T) {
	for name, broken := range map[string][]byte{
		"another version":            {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a body that is 2":           {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"reserved bits":              {1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a profile that is 2":        {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0},
		"bytes though no body":       {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"more needed than bytes":     concat([]byte{1, 0, 0, 0, 0}, number(0xFFFFFFFF), number(0)),
		"more heard than bytes":      concat([]byte{1, 0, 0, 0, 0}, number(0), number(0x10000000)),
		"a profile longer than that": concat([]byte{1, 0, 0, 0, 1}, number(0xFFFFFFFF), number(0), number(0)),
		"nothing":                    nil,
	} {
		if answer, ok := Read(broken); ok {
			t.Errorf("%s: read as %+v", name, answer)
		}
	}
	for name, broken := range map[string][]byte{
		"a text that has no bit":     concat([]byte{0, 0, 0, 1 << 6}, number(0), make([]byte, 16)),
		"enabled that is 2":          concat([]byte{2, 0, 0, 0}, number(0), make([]byte, 16)),
		"more reasons than the rest": concat(make([]byte, 12), number(3), make([]byte, 8)),
	} {
		body := Body{reader{rest: string(broken)}}
		if got := body.Decision(); body.Ended() {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

// FuzzRead: whatever C writes, reading it neither panics nor makes room for more than was written.
func FuzzRead(f *testing.F) {
	f.Add(full)
	f.Add(concat([]byte{1, 1, 0, 0, 0}, number(0), number(0), make([]byte, DecisionSize)))
	f.Add(concat([]byte{1, 1, 0, 0, 0}, number(0), number(0), number(2), text("a"), text(""), make([]byte, 8)))
	f.Add(concat([]byte{1, 0, 0, 0, 0}, number(0xFFFFFFFF), number(0xFFFFFFFF)))
	f.Fuzz(func(t *testing.T, written []byte) {
		answer, ok := Read(written)
		if !ok {
			if !reflect.DeepEqual(answer, Answer{}) {
				t.Errorf("refused, but read as %+v", answer)
			}
			return
		}
		if len(answer.Needed)*neededSize+len(answer.Notifications)*notificationSize > len(written) {
			t.Errorf("%d and %d things from %d bytes", len(answer.Needed), len(answer.Notifications), len(written))
		}
		decisions, list := answer.Body, answer.Body
		for range decisions.Count(DecisionSize) {
			_ = decisions.Decision()
		}
		if len(list.Texts())*textSize > len(written) {
			t.Error("more texts than bytes")
		}
		_ = list.Long()
		if one := answer.Body; answer.HasBody {
			_ = one.Decision()
			_ = one.Ended()
		}
	})
}
