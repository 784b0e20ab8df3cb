package opttrack

// Options and their names, both ways.

import (
	"errors"
	"strings"
	"testing"
)

func TestOptionsByName(t *testing.T) {
	all, err := ParseDecideOptions(decideOptionNames[:]...)
	if err != nil || all != 511 {
		t.Errorf("got %d, %v", all, err)
	}
	for bit, name := range decideOptionNames {
		option, err := ParseDecideOptions(name)
		if err != nil || option != 1<<bit || option.String() != name {
			t.Errorf("%s: got %v, %v", name, option, err)
		}
	}
	if none, err := ParseDecideOptions(); none != 0 || err != nil || none.String() != "0" {
		t.Errorf("got %v, %v", none, err)
	}
	if got := (DisableDecisionEvent | NoWait | 1<<20).String(); got != "DISABLE_DECISION_EVENT | NO_WAIT | 1048576" {
		t.Errorf("got %s", got)
	}
}

func TestAnUnknownNameIsNamed(t *testing.T) {
	for _, name := range []string{"INCLUDE_EXCUSES", "include_reasons", ""} {
		option, err := ParseDecideOptions("INCLUDE_REASONS", name)
		if option != 0 || !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%q: got %v, %v", name, option, err)
		}
	}
}
