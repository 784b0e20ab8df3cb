//go:build cgo

package opttrack_test

// OptimizelyConfig in Go's types: all of what the library writes, and the datafile as it was given.

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func TestOptimizelyConfig(t *testing.T) {
	client := newClient(t)
	config, err := client.OptimizelyConfig()
	if err != nil {
		t.Fatal(err)
	}
	if config.Revision != "7" || !bytes.Equal(config.Datafile(), datafile) {
		t.Errorf("revision %q, a datafile of %d bytes", config.Revision, len(config.Datafile()))
	}
	flags := slices.Sorted(maps.Keys(config.FeaturesMap))
	if !slices.Equal(flags, []string{"dark_mode", "free_shipping", "greeting"}) {
		t.Errorf("features: %q", flags)
	}
	greeting := config.FeaturesMap["greeting"]
	if len(greeting.ExperimentRules) != 1 || greeting.ExperimentRules[0].Audiences != `"gold members of age"` {
		t.Errorf("got %+v", greeting)
	}
	warm := greeting.ExperimentRules[0].VariationsMap["warm"]
	if warm.FeatureEnabled == nil || !*warm.FeatureEnabled || warm.VariablesMap["loud"].Value != "true" {
		t.Errorf("got %+v", warm)
	}
	if got, want := greeting.VariablesMap["style"], (opttrack.OptimizelyVariable{
		ID: "8105", Key: "style", Type: "json", Value: `{"color": "red"}`,
	}); got != want {
		t.Errorf("got %+v", got)
	}
	if rules := config.FeaturesMap["free_shipping"].DeliveryRules; len(rules) != 1 || rules[0].Key != "everyone" {
		t.Errorf("got %+v", rules)
	}
	if got, want := config.Events, []opttrack.OptimizelyEvent{
		{ID: "7001", Key: "purchase", ExperimentIDs: []string{"3001"}},
		{ID: "7002", Key: "signup", ExperimentIDs: []string{}},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if len(config.Attributes) != 6 || len(config.Audiences) != 2 || len(config.ExperimentsMap) != 3 {
		t.Errorf("got %+v", config)
	}
}
