package opttrack

// The list of forced decisions that a user carries.

import "testing"

func TestForcedDecisionsAreSetReplacedAndRemoved(t *testing.T) {
	var user User
	if _, found := user.GetForcedDecision("flag", ""); found || user.RemoveForcedDecision("flag", "") {
		t.Error("a new user has a forced decision")
	}
	user.SetForcedDecision("flag", "", "on")
	user.SetForcedDecision("flag", "rule", "off")
	user.SetForcedDecision("flag", "", "blue")
	for rule, want := range map[string]string{"": "blue", "rule": "off"} {
		if got, found := user.GetForcedDecision("flag", rule); !found || got != want {
			t.Errorf("rule %q: got %q, %v", rule, got, found)
		}
	}
	if !user.RemoveForcedDecision("flag", "") || user.RemoveForcedDecision("flag", "") {
		t.Error("a forced decision was not removed exactly once")
	}
	if _, found := user.GetForcedDecision("flag", ""); found || len(user.ForcedDecisions) != 1 {
		t.Errorf("left: %v", user.ForcedDecisions)
	}
	user.RemoveAllForcedDecisions()
	if len(user.ForcedDecisions) != 0 {
		t.Errorf("left: %v", user.ForcedDecisions)
	}
}

func TestCopiesOfAUserKeepTheirForcedDecisions(t *testing.T) {
	user := User{ForcedDecisions: []ForcedDecision{{"flag", "", "on"}, {"flag", "", "blue"}}}
	if got, _ := user.GetForcedDecision("flag", ""); got != "blue" {
		t.Errorf("of two the last does not count, but %q", got)
	}
	before := user
	user.SetForcedDecision("other", "", "on")
	after := user
	user.SetForcedDecision("other", "", "off")
	user.RemoveForcedDecision("flag", "")
	if len(before.ForcedDecisions) != 2 || len(user.ForcedDecisions) != 1 {
		t.Errorf("before %v, now %v", before.ForcedDecisions, user.ForcedDecisions)
	}
	if got, _ := after.GetForcedDecision("other", ""); got != "on" {
		t.Errorf("a change reached a copy: %q", got)
	}
}
