package opttrack

// The getters of variables: by the value's own type, and by its absence.

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

var allTypes = Variables{object: `{"on":true,"off":false,"count":-3,"big":9223372036854775807,"price":12.5,"whole":2.0,` +
	`"name":"für \"dich\"","list":[1,2.5,{"a":9007199254740993}],"none":null}`}

func TestVariablesByType(t *testing.T) {
	on, err := allTypes.Bool("on")
	off, _ := allTypes.Bool("off")
	if !on || off || err != nil {
		t.Errorf("got %v, %v, %v", on, off, err)
	}
	if got, err := allTypes.Int("count"); got != -3 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := allTypes.Int64("big"); got != 9223372036854775807 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for key, want := range map[string]float64{"price": 12.5, "whole": 2, "count": -3} {
		if got, err := allTypes.Float64(key); got != want || err != nil {
			t.Errorf("%s: got %v, %v", key, got, err)
		}
	}
	if got, err := allTypes.String("name"); got != `für "dich"` || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	var list []any
	if err := allTypes.JSON("list", &list); err != nil || len(list) != 3 {
		t.Errorf("got %v, %v", list, err)
	}
	pointer := new(int)
	if err := allTypes.JSON("none", &pointer); err != nil || pointer != nil {
		t.Errorf("a variable that is null: got %v, %v", pointer, err)
	}
}

func TestVariablesThatAreSomethingElse(t *testing.T) {
	holey := Variables{object: `{"none":null}`, holey: true}
	var text string
	for name, test := range map[string]struct{ err, want error }{
		"Bool of a number":        {second(allTypes.Bool("count")), ErrWrongType},
		"Int of a double":         {second(allTypes.Int("price")), ErrWrongType},
		"Int64 of a text":         {second(allTypes.Int64("name")), ErrWrongType},
		"Float64 of a boolean":    {second(allTypes.Float64("on")), ErrWrongType},
		"String of a number":      {second(allTypes.String("count")), ErrWrongType},
		"JSON of another type":    {allTypes.JSON("list", &text), ErrWrongType},
		"Bool of null":            {second(allTypes.Bool("none")), ErrWrongType},
		"Float64 of null":         {second(allTypes.Float64("none")), ErrWrongType},
		"Bool of the unreadable":  {second(holey.Bool("none")), ErrBadValue},
		"JSON of the unreadable":  {holey.JSON("none", &text), ErrBadValue},
		"Bool of nothing":         {second(allTypes.Bool("nowhere")), ErrUnknownVariable},
		"Int of nothing":          {second(allTypes.Int("nowhere")), ErrUnknownVariable},
		"Float64 of nothing":      {second(allTypes.Float64("nowhere")), ErrUnknownVariable},
		"String of nothing":       {second(allTypes.String("nowhere")), ErrUnknownVariable},
		"JSON of nothing":         {allTypes.JSON("nowhere", &text), ErrUnknownVariable},
		"String of the zero ones": {second(Variables{}.String("name")), ErrUnknownVariable},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: got %v", name, test.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestVariablesAsAMap(t *testing.T) {
	want := map[string]any{
		"on": true, "off": false, "count": int64(-3), "big": int64(9223372036854775807), "price": 12.5, "whole": 2.0,
		"name": `für "dich"`, "list": []any{int64(1), 2.5, map[string]any{"a": int64(9007199254740993)}}, "none": nil,
	}
	if got := allTypes.Map(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	if got := (Variables{}).Map(); got == nil || len(got) != 0 {
		t.Errorf("of none: got %#v", got)
	}
}

func TestDecisionAsJSON(t *testing.T) {
	for want, decision := range map[string]Decision{
		`{"flagKey":"f","ruleKey":null,"variationKey":null,"enabled":false,"variables":{},"reasons":[]}`: {FlagKey: "f"},
		`{"flagKey":"f","ruleKey":"r","variationKey":"v","enabled":true,"variables":{"n":1.50},"reasons":["so"]}`: {
			FlagKey: "f", RuleKey: "r", VariationKey: "v", Enabled: true,
			Variables: Variables{object: `{"n":1.50}`}, Reasons: []string{"so"},
		},
	} {
		if got, err := json.Marshal(decision); err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}

func TestDecisionsByKey(t *testing.T) {
	decisions := Decisions{{FlagKey: "a", Enabled: true}, {FlagKey: "b", Status: StatusUnknownFlag, Reasons: []string{"why"}}}
	if got, found := decisions.Find("a"); !found || !got.Enabled || got.Err() != nil {
		t.Errorf("got %+v, %v", got, found)
	}
	got, found := decisions.Find("b")
	if err := got.Err(); !found || !errors.Is(err, ErrUnknownFlag) || err.(*Error).Message != "why" {
		t.Errorf("got %+v, %v", got, found)
	}
	if got, found := decisions.Find("c"); found {
		t.Errorf("got %+v", got)
	}
	if byKey := decisions.Map(); len(byKey) != 2 || !byKey["a"].Enabled {
		t.Errorf("got %+v", byKey)
	}
}
