//go:build cgo

package opttrack_test

// What reaches the collector, field by field.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// Attributes and tags of each type that a caller may give, in both forms.
type planName string

var (
	everyAttribute = opttrack.Attributes{
		"plan": planName("gold"), "age": 34, "member": true, "score": float32(0.75), "visits": uint8(12),
		"oddity": []string{"no", "text"}, "unheard": "of",
	}
	everyAttributePair = []opttrack.Pair{
		opttrack.String("plan", "gold"), opttrack.Int("age", 34), opttrack.Bool("member", true),
		opttrack.Float64("score", 0.75), opttrack.Int64("visits", 12), {}, opttrack.String("unheard", "of"),
	}
	everyTag = opttrack.Tags{
		"revenue": 4200, "value": 12.5, "method": "für dich\n\"<&>\"", "gift": false, "units": int64(math.MaxInt64),
		"huge": uint64(math.MaxUint64), "small": int8(-3), "none": nil, "list": []int{1}, "nan": math.NaN(), "": "",
	}
	everyTagPair = []opttrack.Pair{
		opttrack.Int("revenue", 4200), opttrack.Float64("value", 12.5), opttrack.String("method", "für dich\n\"<&>\""),
		opttrack.Bool("gift", false), opttrack.Int64("units", math.MaxInt64), opttrack.Float64("huge", math.MaxUint64),
		opttrack.Int("small", -3), opttrack.Float64("nan", math.Inf(-1)), opttrack.String("", ""),
	}
)

const attributesOnTheWire = `[
	{"entity_id": "$opt_bot_filtering", "key": "$opt_bot_filtering", "type": "custom", "value": false},
	{"entity_id": "5002", "key": "age", "type": "custom", "value": 34},
	{"entity_id": "5003", "key": "member", "type": "custom", "value": true},
	{"entity_id": "5001", "key": "plan", "type": "custom", "value": "gold"},
	{"entity_id": "5004", "key": "score", "type": "custom", "value": 0.75},
	{"entity_id": "5005", "key": "visits", "type": "custom", "value": 12}
]`

const conversionOnTheWire = `{"visitor_id": "visitor-1", "attributes": ` + attributesOnTheWire + `, "snapshots": [{
	"events": [{
		"entity_id": "7001", "key": "purchase", "uuid": "a uuid", "timestamp": "a time", "revenue": 4200, "value": 12.5,
		"tags": {
			"revenue": 4200, "value": 12.5, "method": "für dich\n\"<&>\"", "gift": false, "units": 9223372036854775807,
			"huge": 18446744073709551616.0, "small": -3, "": ""
		}
	}]
}]}`

const impressionOnTheWire = `{"visitor_id": "visitor-1", "attributes": ` + attributesOnTheWire + `, "snapshots": [{
	"decisions": [{
		"campaign_id": "2001", "experiment_id": "3001", "variation_id": "4001",
		"metadata": {
			"flag_key": "", "rule_key": "checkout_button", "rule_type": "experiment", "variation_key": "green", "enabled": true
		}
	}],
	"events": [{"entity_id": "2001", "key": "campaign_activated", "uuid": "a uuid", "timestamp": "a time"}]
}]}`

func TestConversionOnTheWire(t *testing.T) {
	byMap := opttrack.User{ID: "visitor-1", Attributes: everyAttribute}
	byPairs := opttrack.User{ID: "visitor-1", Pairs: everyAttributePair}
	for name, test := range map[string]struct {
		track   func(*opttrack.Client) error
		ignored uint64 // tags that no event can hold; attributes without a value are not counted
	}{
		"map":   {func(client *opttrack.Client) error { return client.Track("purchase", byMap, everyTag) }, 3},
		"pairs": {func(client *opttrack.Client) error { return client.TrackPairs("purchase", byPairs, everyTagPair...) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sent := deliver(t, func(client *opttrack.Client) {
				if err := test.track(client); err != nil {
					t.Fatal(err)
				}
				if stats := client.Stats(); stats.IgnoredValues != test.ignored {
					t.Errorf("%d values ignored, want %d", stats.IgnoredValues, test.ignored)
				}
			})
			expect(t, sent, conversionOnTheWire)
		})
	}
}

func TestImpressionOnTheWire(t *testing.T) {
	sent := deliver(t, func(client *opttrack.Client) {
		decision, err := client.Activate("checkout_button", opttrack.User{ID: "visitor-1", Attributes: everyAttribute})
		if err != nil || decision.RuleKey != "checkout_button" || decision.VariationKey != "green" || !decision.Enabled ||
			decision.FlagKey != "" || decision.Event != opttrack.EventAccepted ||
			decision.Source != opttrack.SourceExperiment {
			t.Errorf("got %+v, %v", decision, err)
		}
	})
	expect(t, sent, impressionOnTheWire)
}

func TestUnknownEventIsRefusedAndNothingIsSent(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	err := client.Track("no_such_event", opttrack.User{ID: "visitor-1"}, nil)
	var failure *opttrack.Error
	if !errors.Is(err, opttrack.ErrUnknownEvent) || !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	if failure.Retriable || !strings.Contains(failure.Message, "no_such_event") {
		t.Errorf("retriable %v: %v", failure.Retriable, err)
	}
	if err := client.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if stats := client.Stats(); stats.RefusedUnknownEvent != 1 || stats.Accepted != 0 {
		t.Errorf("books: %+v", stats)
	}
	if received := server.counts(t); received.Posts != 0 {
		t.Errorf("received: %+v", received)
	}
}

// deliver does what it is told with a client, closes that, and gives the one post that came of it.
func deliver(t *testing.T, do func(*opttrack.Client), options ...opttrack.Option) map[string]any {
	t.Helper()
	server := startCollector(t)
	client := server.newClient(t, append([]opttrack.Option{opttrack.WithClientName("shop", "2.0")}, options...)...)
	before := time.Now()
	do(client)
	after := time.Now()
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	bodies := server.bodies(t)
	if len(bodies) != 1 {
		t.Fatalf("%d posts", len(bodies))
	}
	settle(t, bodies[0], before, after)
	return bodies[0]
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// settle checks what differs from run to run, puts words in its place, and brings attributes into the order of their keys.
func settle(t *testing.T, body map[string]any, before, after time.Time) {
	t.Helper()
	for _, visitor := range body["visitors"].([]any) {
		visitor := visitor.(map[string]any)
		slices.SortFunc(visitor["attributes"].([]any), func(a, b any) int {
			return cmp.Compare(a.(map[string]any)["key"].(string), b.(map[string]any)["key"].(string))
		})
		for _, event := range visitor["snapshots"].([]any)[0].(map[string]any)["events"].([]any) {
			event := event.(map[string]any)
			if id, _ := event["uuid"].(string); uuid.MatchString(id) {
				event["uuid"] = "a uuid"
			}
			number, _ := event["timestamp"].(json.Number)
			if at, err := number.Int64(); err == nil && before.UnixMilli() <= at && at <= after.UnixMilli() {
				event["timestamp"] = "a time"
			}
		}
	}
}

// expect compares a post with the one visitor that it should hold.
func expect(t *testing.T, sent map[string]any, visitor string) {
	t.Helper()
	wanted := `{"account_id": "12001", "project_id": "111001", "revision": "7", "client_name": "shop",
		"client_version": "2.0", "anonymize_ip": true, "enrich_decisions": true, "visitors": [` + visitor + `]}`
	decoder := json.NewDecoder(strings.NewReader(wanted))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain(sent), plain(want)) {
		got, _ := json.MarshalIndent(sent, "", "  ")
		t.Errorf("got %s\nwant %s", got, wanted)
	}
}

// plain replaces numbers by what they amount to: whole ones exactly, others as float64.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			value[key] = plain(value[key])
		}
	case []any:
		for place := range value {
			value[place] = plain(value[place])
		}
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		number, err := value.Float64()
		if err == nil && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			return int64(number)
		}
		return number
	}
	return value
}
