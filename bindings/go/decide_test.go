//go:build cgo

package opttrack_test

// What the calls that decide answer.

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

var (
	gold   = opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	silver = opttrack.User{ID: "visitor-2", Attributes: opttrack.Attributes{"plan": "silver", "age": 34}}
)

func TestGetVariation(t *testing.T) {
	client := newClient(t)
	early := opttrack.User{ID: "visitor-3", QualifiedSegments: []string{"early-birds", "others"}}
	byPairs := opttrack.User{
		ID:         "visitor-4",
		Attributes: opttrack.Attributes{"plan": "silver", "age": 34},
		Pairs:      []opttrack.Pair{opttrack.String("plan", "gold")}, // counts over the map
	}
	for _, test := range []struct {
		experiment, want string
		user             opttrack.User
	}{
		{"checkout_button", "green", opttrack.User{ID: "anyone"}},
		{"gold_greeting", "warm", gold},
		{"gold_greeting", "", silver},
		{"gold_greeting", "warm", byPairs},
		{"early_access", "open", early},
		{"early_access", "", gold},
	} {
		decision, err := client.GetVariation(test.experiment, test.user)
		if err != nil || decision.VariationKey != test.want {
			t.Errorf("%s for %s: got %+v, %v, want %q", test.experiment, test.user.ID, decision, err, test.want)
		}
	}
	if stats := client.Stats(); stats.Accepted != 0 {
		t.Errorf("GetVariation recorded something: %+v", stats)
	}
}

func TestDecide(t *testing.T) {
	client := newClient(t)
	for _, test := range []struct {
		flag string
		user opttrack.User
		want opttrack.Decision
	}{
		{"greeting", gold, opttrack.Decision{
			FlagKey: "greeting", RuleKey: "gold_greeting", VariationKey: "warm", Enabled: true,
			Source: opttrack.SourceFeatureTest, RuleID: "3002", VariationID: "4003",
		}},
		{"greeting", silver, opttrack.Decision{FlagKey: "greeting", Source: opttrack.SourceRollout}},
		{"free_shipping", silver, opttrack.Decision{
			FlagKey: "free_shipping", RuleKey: "everyone", VariationKey: "on", Enabled: true,
			Source: opttrack.SourceRollout, RuleID: "9002", VariationID: "9003",
		}},
	} {
		decision, err := client.Decide(test.flag, test.user, opttrack.DisableDecisionEvent, opttrack.ExcludeVariables)
		decision.Variables = test.want.Variables
		if err != nil || !reflect.DeepEqual(decision, test.want) {
			t.Errorf("%s for %s: got %+v, %v, want %+v", test.flag, test.user.ID, decision, err, test.want)
		}
	}
	if _, err := client.Decide("greeting", gold, 1<<31); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("an unknown option: %v", err)
	}
}

func TestUnknownFlagComesWithADecisionThatIsOff(t *testing.T) {
	client := newClient(t)
	decision, err := client.Decide("no_such_flag", gold)
	if !errors.Is(err, opttrack.ErrUnknownFlag) || !errors.Is(decision.Err(), opttrack.ErrUnknownFlag) ||
		decision.FlagKey != "no_such_flag" || decision.Enabled || decision.VariationKey != "" ||
		!slices.Equal(decision.Reasons, []string{`No flag was found for key "no_such_flag".`}) {
		t.Errorf("got %+v, %v", decision, err)
	}
	enabled, err := client.IsFeatureEnabled("no_such_flag", gold)
	if !errors.Is(err, opttrack.ErrUnknownFlag) || enabled {
		t.Errorf("got %v, %v", enabled, err)
	}
}

func TestUnknownExperiment(t *testing.T) {
	client := newClient(t)
	for name, call := range map[string]func(string, opttrack.User) (opttrack.Decision, error){
		"Activate": client.Activate, "GetVariation": client.GetVariation,
	} {
		decision, err := call("no_such_experiment", gold)
		if !errors.Is(err, opttrack.ErrUnknownExperiment) || !reflect.DeepEqual(decision, opttrack.Decision{}) {
			t.Errorf("%s: got %+v, %v", name, decision, err)
		}
	}
}

func TestEnabledFeaturesComeInTheDatafilesOrder(t *testing.T) {
	client := newClient(t)
	for _, test := range []struct {
		user opttrack.User
		want []string
	}{
		{gold, []string{"greeting", "free_shipping"}},
		{silver, []string{"free_shipping"}},
	} {
		keys, err := client.GetEnabledFeatures(test.user)
		if err != nil || !slices.Equal(keys, test.want) {
			t.Errorf("%s: got %q, %v, want %q", test.user.ID, keys, err, test.want)
		}
		for _, flag := range []string{"greeting", "free_shipping", "dark_mode"} {
			enabled, err := client.IsFeatureEnabled(flag, test.user)
			if err != nil || enabled != slices.Contains(test.want, flag) {
				t.Errorf("%s for %s: got %v, %v", flag, test.user.ID, enabled, err)
			}
		}
	}
}

func TestForcedVariations(t *testing.T) {
	client := newClient(t)
	variation := func() string {
		decision, err := client.GetVariation("checkout_button", gold)
		if err != nil {
			t.Fatal(err)
		}
		return decision.VariationKey
	}
	if _, err := client.GetForcedVariation("checkout_button", gold.ID); !errors.Is(err, opttrack.ErrNotFound) {
		t.Errorf("none set: %v", err)
	}
	if err := client.SetForcedVariation("checkout_button", gold.ID, "blue"); err != nil {
		t.Fatal(err)
	}
	if forced, err := client.GetForcedVariation("checkout_button", gold.ID); err != nil || forced != "blue" {
		t.Errorf("got %q, %v", forced, err)
	}
	if got := variation(); got != "blue" {
		t.Errorf("forced: got %q", got)
	}
	if err := client.SetForcedVariation("checkout_button", gold.ID, "pink"); !errors.Is(err, opttrack.ErrNotFound) {
		t.Errorf("no such variation: %v", err)
	}
	if err := client.SetForcedVariation("nowhere", gold.ID, "blue"); !errors.Is(err, opttrack.ErrUnknownExperiment) {
		t.Errorf("no such experiment: %v", err)
	}
	for range 2 {
		if err := client.RemoveForcedVariation("checkout_button", gold.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := variation(); got != "green" {
		t.Errorf("removed: got %q", got)
	}
}

func TestTextsThatAreNotUTF8AreRefused(t *testing.T) {
	client := newClient(t)
	const bad = "caf\xe9"
	for name, err := range map[string]error{
		"event key":     client.Track(bad, gold, nil),
		"user id":       client.Track("purchase", opttrack.User{ID: bad}, nil),
		"tag key":       client.Track("purchase", gold, opttrack.Tags{bad: 1}),
		"tag value":     client.TrackPairs("purchase", gold, opttrack.String("method", bad)),
		"attribute key": client.Track("purchase", opttrack.User{Attributes: opttrack.Attributes{bad: 1}}, nil),
		"forced":        client.SetForcedVariation("checkout_button", bad, "blue"),
	} {
		if !errors.Is(err, opttrack.ErrInvalidUTF8) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if stats := client.Stats(); stats.Accepted != 0 {
		t.Errorf("something was recorded: %+v", stats)
	}
}

func TestAnswerLargerThanItsBuffer(t *testing.T) {
	long := strings.Repeat("long_", 2000)
	client := newClient(t, opttrack.WithDatafile([]byte(strings.ReplaceAll(string(datafile), "free_shipping", long))))
	keys, err := client.GetEnabledFeatures(silver)
	if err != nil || !slices.Equal(keys, []string{long}) {
		t.Errorf("got %d keys, %v", len(keys), err)
	}
	decision, err := client.Decide(long, silver)
	if err != nil || decision.FlagKey != long || decision.VariationKey != "on" {
		t.Errorf("got %d bytes of flag key, %q, %v", len(decision.FlagKey), decision.VariationKey, err)
	}
	// The answers that did not fit recorded nothing: one impression of GetEnabledFeatures for each flag, one of Decide.
	if stats := client.Stats(); stats.AcceptedImpressions != 4 {
		t.Errorf("%d impressions, want 4", stats.AcceptedImpressions)
	}
}
