//go:build cgo

package opttrack_test

// Variables, in decisions and asked for by themselves.

import (
	"errors"
	"strings"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func TestVariablesOfADecision(t *testing.T) {
	client := newClient(t)
	decision, err := client.Decide("greeting", gold)
	if err != nil {
		t.Fatal(err)
	}
	variables := decision.Variables
	text, textErr := variables.String("text")
	size, sizeErr := variables.Int("size")
	factor, factorErr := variables.Float64("factor")
	loud, loudErr := variables.Bool("loud")
	var style struct{ Color string }
	err = errors.Join(textErr, sizeErr, factorErr, loudErr, variables.JSON("style", &style))
	if err != nil || text != "Good to see you!" || size != 12 || factor != 1.5 || !loud || style.Color != "red" {
		t.Errorf("got %q, %d, %v, %v, %+v, %v", text, size, factor, loud, style, err)
	}
	if _, err := variables.Int("text"); !errors.Is(err, opttrack.ErrWrongType) {
		t.Errorf("got %v", err)
	}
	whole := strings.Replace(string(datafile), `"defaultValue": "1.5"`, `"defaultValue": "2"`, 1)
	decision, err = newClient(t, opttrack.WithDatafile([]byte(whole))).Decide("greeting", gold)
	if got := decision.Variables.Map()["factor"]; err != nil || got != 2.0 {
		t.Errorf("a double without fraction: got %T %v, %v", got, got, err)
	}
	if _, err := decision.Variables.Int("factor"); !errors.Is(err, opttrack.ErrWrongType) {
		t.Errorf("a double as an integer: got %v", err)
	}
}

func TestFeatureVariables(t *testing.T) {
	client := newClient(t)
	for user, want := range map[*opttrack.User]struct {
		text string
		loud bool
	}{
		&gold: {"Good to see you!", true}, &silver: {"Hello", false},
	} {
		text, textErr := client.GetFeatureVariableString("greeting", "text", *user)
		loud, loudErr := client.GetFeatureVariableBoolean("greeting", "loud", *user)
		size, sizeErr := client.GetFeatureVariableInteger("greeting", "size", *user)
		factor, factorErr := client.GetFeatureVariableDouble("greeting", "factor", *user)
		style, styleErr := client.GetFeatureVariableJSON("greeting", "style", *user)
		err := errors.Join(textErr, loudErr, sizeErr, factorErr, styleErr)
		if err != nil || text != want.text || loud != want.loud || size != 12 || factor != 1.5 ||
			strings.ReplaceAll(string(style), " ", "") != `{"color":"red"}` {
			t.Errorf("%s: got %q, %v, %d, %v, %s, %v", user.ID, text, loud, size, factor, style, err)
		}
		for key, value := range map[string]any{"text": want.text, "loud": want.loud, "size": int64(12), "factor": 1.5} {
			got, err := client.GetFeatureVariable("greeting", key, *user)
			if err != nil || got.Value() != value {
				t.Errorf("%s for %s: got %s %s, %v", key, user.ID, got.Type, got.JSON, err)
			}
		}
		all, err := client.GetAllFeatureVariables("greeting", *user)
		if got := all.Map(); err != nil || len(got) != 5 || got["text"] != want.text || got["size"] != int64(12) {
			t.Errorf("%s: got %v, %v", user.ID, got, err)
		}
	}
	if stats := client.Stats(); stats.Accepted != 0 {
		t.Errorf("something was recorded: %+v", stats)
	}
}

func TestFeatureVariablesThatCanNotBeHad(t *testing.T) {
	broken := strings.Replace(string(datafile), `"defaultValue": "12"`, `"defaultValue": "twelve"`, 1)
	client := newClient(t, opttrack.WithDatafile([]byte(broken)))
	for name, test := range map[string]struct{ err, want error }{
		"no such flag":            {failure(client.GetFeatureVariable("nowhere", "text", gold)), opttrack.ErrUnknownFlag},
		"no such flag's":          {failure(client.GetAllFeatureVariables("nowhere", gold)), opttrack.ErrUnknownFlag},
		"no such variable":        {failure(client.GetFeatureVariable("greeting", "size2", gold)), opttrack.ErrUnknownVariable},
		"a text as a boolean":     {failure(client.GetFeatureVariableBoolean("greeting", "text", gold)), opttrack.ErrWrongType},
		"a double as an integer":  {failure(client.GetFeatureVariableInteger("greeting", "factor", gold)), opttrack.ErrWrongType},
		"an integer as a double":  {failure(client.GetFeatureVariableDouble("greeting", "size", gold)), opttrack.ErrWrongType},
		"JSON as a text":          {failure(client.GetFeatureVariableString("greeting", "style", gold)), opttrack.ErrWrongType},
		"a text as JSON":          {failure(client.GetFeatureVariableJSON("greeting", "text", gold)), opttrack.ErrWrongType},
		"a number that is a word": {failure(client.GetFeatureVariableInteger("greeting", "size", gold)), opttrack.ErrBadValue},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: got %v", name, test.err)
		}
	}
	all, err := client.GetAllFeatureVariables("greeting", gold)
	if got := all.Map(); !errors.Is(err, opttrack.ErrPartial) || got["text"] != "Good to see you!" || got["size"] != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := all.Int("size"); !errors.Is(err, opttrack.ErrBadValue) {
		t.Errorf("got %v", err)
	}
	decision, err := client.Decide("greeting", gold)
	if err != nil || len(decision.Reasons) != 1 {
		t.Errorf("got %q, %v", decision.Reasons, err)
	}
	if _, err := decision.Variables.Int("size"); !errors.Is(err, opttrack.ErrBadValue) {
		t.Errorf("got %v", err)
	}
}

func failure[T any](_ T, err error) error { return err }
