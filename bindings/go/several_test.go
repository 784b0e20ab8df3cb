//go:build cgo

package opttrack_test

// Decisions for several flags, their options, and forced decisions.

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// flagKeys are the flags of decisions, in their order.
func flagKeys(decisions opttrack.Decisions) []string {
	keys := make([]string, len(decisions))
	for place, decision := range decisions {
		keys[place] = decision.FlagKey
	}
	return keys
}

func TestDecideAllDecidesInTheDatafilesOrder(t *testing.T) {
	client := newClient(t)
	decisions, err := client.DecideAll(gold)
	if want := []string{"greeting", "free_shipping", "dark_mode"}; err != nil || !slices.Equal(flagKeys(decisions), want) {
		t.Fatalf("got %+v, %v", decisions, err)
	}
	one, err := client.Decide("greeting", gold)
	if found, _ := decisions.Find("greeting"); err != nil || found.VariationKey != one.VariationKey ||
		found.Variables != one.Variables || found.Event != opttrack.EventAccepted {
		t.Errorf("got %+v, and alone %+v, %v", found, one, err)
	}
	if stats := client.Stats(); stats.AcceptedImpressions != 4 {
		t.Errorf("%d impressions, want 3 and 1", stats.AcceptedImpressions)
	}
	enabled, err := client.DecideAll(gold, opttrack.EnabledFlagsOnly, opttrack.DisableDecisionEvent)
	if want := []string{"greeting", "free_shipping"}; err != nil || !slices.Equal(flagKeys(enabled), want) {
		t.Errorf("the enabled ones: got %q, %v", flagKeys(enabled), err)
	}
}

func TestDecideForKeysDecidesEachKeyOnce(t *testing.T) {
	client := newClient(t, opttrack.WithDecideOptions(opttrack.DisableDecisionEvent, opttrack.ExcludeVariables))
	keys := []string{"dark_mode", "no_such_flag", "greeting", "dark_mode"}
	decisions, err := client.DecideForKeys(keys, gold)
	if err != nil || !slices.Equal(flagKeys(decisions), keys[:3]) {
		t.Fatalf("got %+v, %v", decisions, err)
	}
	if unknown := decisions[1]; !errors.Is(unknown.Err(), opttrack.ErrUnknownFlag) || len(unknown.Reasons) != 1 {
		t.Errorf("got %+v", unknown)
	}
	if greeting := decisions[2]; !greeting.Enabled || len(greeting.Variables.Map()) != 0 || greeting.Err() != nil {
		t.Errorf("got %+v", greeting)
	}
	if stats := client.Stats(); stats.Accepted != 0 {
		t.Errorf("the default options were passed over: %+v", stats)
	}
	if none, err := client.DecideForKeys(nil, gold); err != nil || len(none) != 0 {
		t.Errorf("for no key: got %+v, %v", none, err)
	}
}

func TestReasonsAndExplanations(t *testing.T) {
	client := newClient(t)
	decision, err := client.Decide("greeting", silver, opttrack.IncludeReasons, opttrack.DisableDecisionEvent)
	if err != nil || !slices.ContainsFunc(decision.Reasons, func(reason string) bool {
		return strings.Contains(reason, "gold_greeting")
	}) {
		t.Errorf("got %q, %v", decision.Reasons, err)
	}
	if !strings.Contains(decision.ExplainText, "gold_greeting") || !json.Valid([]byte(decision.ExplainJSON)) {
		t.Errorf("got %q and %q", decision.ExplainText, decision.ExplainJSON)
	}
	decision, err = client.Decide("greeting", silver, opttrack.DisableDecisionEvent)
	if err != nil || decision.Reasons != nil || decision.ExplainText != "" || decision.ExplainJSON != "" {
		t.Errorf("not asked for, but got %+v, %v", decision, err)
	}
}

func TestForcedDecisionsDecide(t *testing.T) {
	client := newClient(t)
	user := opttrack.User{ID: "visitor-2"}
	variation := func(user opttrack.User) (key, rule string) {
		decision, err := client.Decide("greeting", user, opttrack.DisableDecisionEvent)
		if err != nil {
			t.Fatal(err)
		}
		return decision.VariationKey, decision.RuleKey
	}
	user.SetForcedDecision("greeting", "gold_greeting", "cool")
	if key, rule := variation(user); key != "cool" || rule != "gold_greeting" {
		t.Errorf("forced for the rule: got %q by %q", key, rule)
	}
	user.SetForcedDecision("greeting", "", "warm")
	if key, rule := variation(user); key != "warm" || rule != "" {
		t.Errorf("forced for the flag: got %q by %q", key, rule)
	}
	user.SetForcedDecision("greeting", "", "no_such_variation")
	if key, _ := variation(user); key != "cool" {
		t.Errorf("the flag's is unknown: got %q", key)
	}
	if enabled, err := client.IsFeatureEnabled("greeting", user); err != nil || enabled {
		t.Errorf("IsFeatureEnabled looks at forced decisions: got %v, %v", enabled, err)
	}
	user.RemoveAllForcedDecisions()
	if key, _ := variation(user); key != "" {
		t.Errorf("all removed: got %q", key)
	}
}
