//go:build cgo && !race

package opttrack_test

// What a call costs the garbage collector. The race detector makes pools forget on purpose, so it can't count here.

import (
	"cmp"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func TestAllocations(t *testing.T) {
	client := newClient(t)
	var buffer [5]opttrack.Pair
	const uuidOf1 = "00000000-0000-4000-8000-000000000001"
	for _, test := range []struct {
		name string
		most float64
		call func() error
	}{
		{"Track, user and tags as maps", 0, func() error {
			return client.Track("purchase", userByMap(), opttrack.Tags{"revenue": 4200, "method": "card", "gift": true})
		}},
		{"TrackPairs", 0, func() error {
			return client.TrackPairs("purchase", userByPairs(&buffer), opttrack.Int("revenue", 4200))
		}},
		{"TrackPairsAt", 0, func() error {
			return client.TrackPairsAt("purchase", userByPairs(&buffer), time.UnixMilli(1), uuidOf1, opttrack.Int("revenue", 4200))
		}},
		{"Activate: the decision's texts", 1, func() error {
			_, err := client.Activate("checkout_button", userByMap())
			return err
		}},
		{"Decide: the decision's texts", 1, func() error {
			_, err := client.Decide("greeting", userByMap(), opttrack.DisableDecisionEvent)
			return err
		}},
		{"Decide and two of its variables: no more than that", 1, func() error {
			decision, err := client.Decide("greeting", userByMap(), opttrack.DisableDecisionEvent)
			_, text := decision.Variables.String("text")
			_, loud := decision.Variables.Bool("loud")
			return cmp.Or(err, text, loud)
		}},
		{"DecideAll: the list and its texts", 2, func() error {
			_, err := client.DecideAll(userByMap(), opttrack.DisableDecisionEvent)
			return err
		}},
		{"GetFeatureVariableInteger: the answer's texts, and the value's", 2, func() error {
			_, err := client.GetFeatureVariableInteger("greeting", "size", userByMap())
			return err
		}},
	} {
		got := testing.AllocsPerRun(1000, func() {
			if err := test.call(); err != nil {
				t.Fatal(err)
			}
		})
		if got > test.most {
			t.Errorf("%s: %v allocations, %v at most", test.name, got, test.most)
		}
	}
}
