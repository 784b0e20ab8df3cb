package packed

// What comes from C: read whole, refused in part.

import (
	"slices"
	"testing"
)

var decision = []byte{
	1, 1, 2, 7,
	4, 0, 0, 0, 'f', 'l', 'a', 'g',
	0, 0, 0, 0,
	2, 0, 0, 0, 'o', 'n',
}

func TestReadDecision(t *testing.T) {
	for _, test := range []struct {
		answer []byte
		want   Decision
	}{
		{decision, Decision{Enabled: true, Event: 2, FlagKey: "flag", VariationKey: "on"}},
		{[]byte{1, 0, 0, 0}, Decision{}},
		{[]byte{1, 0, 1, 2, 1, 0, 0, 0, 'r'}, Decision{Event: 1, RuleKey: "r"}},
	} {
		got, ok := ReadDecision(test.answer)
		if !ok || got != test.want {
			t.Errorf("% x: got %+v, %v, want %+v", test.answer, got, ok, test.want)
		}
	}
}

func TestDecisionCutShortOrLongIsRefused(t *testing.T) {
	for size := range decision {
		if got, ok := ReadDecision(decision[:size]); ok || got != (Decision{}) {
			t.Errorf("the first %d bytes were read as %+v", size, got)
		}
	}
	if _, ok := ReadDecision(append(slices.Clone(decision), 0)); ok {
		t.Error("a byte left over was overlooked")
	}
	newer := slices.Clone(decision)
	newer[0] = Version + 1
	if _, ok := ReadDecision(newer); ok {
		t.Error("another version was read")
	}
}

var keys = []byte{
	1, 0, 0, 0, 2, 0, 0, 0,
	1, 0, 0, 0, 'a',
	0, 0, 0, 0,
	3, 0, 0, 0, 0, 0, 0, 0,
}

func TestReadKeys(t *testing.T) {
	got, ok := ReadKeys(keys)
	if !ok || !slices.Equal(got, []string{"a", ""}) {
		t.Errorf("got %q, %v", got, ok)
	}
}

func TestKeysCutShortOrLongAreRefused(t *testing.T) {
	for size := range keys {
		if got, ok := ReadKeys(keys[:size]); ok {
			t.Errorf("the first %d bytes were read as %q", size, got)
		}
	}
	if _, ok := ReadKeys(append(slices.Clone(keys), 0)); ok {
		t.Error("a byte left over was overlooked")
	}
	many := slices.Clone(keys)
	many[7] = 0xFF
	if _, ok := ReadKeys(many); ok {
		t.Error("more keys than bytes were read")
	}
}
