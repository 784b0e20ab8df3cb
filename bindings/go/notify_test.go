//go:build cgo

package opttrack_test

// What listeners hear of calls, of posts and of datafiles.

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// heard gathers what a listener is told.
type heard struct {
	mutex sync.Mutex
	all   []opttrack.Notification
}

func (h *heard) tell(told opttrack.Notification) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.all = append(h.all, told)
}

func (h *heard) take() []opttrack.Notification {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	taken := h.all
	h.all = nil
	return taken
}

// listen adds a listener that gathers.
func listen(t *testing.T, client *opttrack.Client, types opttrack.NotificationType) (into *heard, remove func()) {
	t.Helper()
	into = &heard{}
	remove, err := client.AddListener(types, into.tell)
	if err != nil {
		t.Fatal(err)
	}
	return into, remove
}

func TestListenersHearOfEveryDecision(t *testing.T) {
	client := newClient(t)
	into, remove := listen(t, client, opttrack.NotifyDecision|opttrack.NotifyTrack)
	all := []string{"greeting", "free_shipping", "dark_mode"}
	for _, test := range []struct {
		kind string
		keys []string
		err  func() error
	}{
		{"flag", all[:1], func() error { return failure(client.Decide("greeting", gold)) }},
		{"flag", all, func() error { return failure(client.DecideAll(gold)) }},
		{"ab-test", []string{"checkout_button"}, func() error { return failure(client.Activate("checkout_button", gold)) }},
		{"feature-test", []string{"gold_greeting"}, func() error { return failure(client.GetVariation("gold_greeting", gold)) }},
		{"feature", all[:1], func() error { return failure(client.IsFeatureEnabled("greeting", gold)) }},
		{"feature", all, func() error { return failure(client.GetEnabledFeatures(gold)) }},
		{"feature-variable", all[:1], func() error { return failure(client.GetFeatureVariable("greeting", "text", gold)) }},
		{"all-feature-variables", all[:1], func() error { return failure(client.GetAllFeatureVariables("greeting", gold)) }},
	} {
		if err := test.err(); err != nil {
			t.Errorf("%s: %v", test.kind, err)
		}
		var keys []string
		for _, told := range into.take() {
			decision, err := told.Decision()
			if err != nil || decision.Type != test.kind || decision.UserID != gold.ID ||
				decision.Attributes["age"] != int64(34) || decision.Info == nil {
				t.Errorf("%s: told %+v, %v", test.kind, told, err)
			}
			keys = append(keys, told.Key)
		}
		if !slices.Equal(keys, test.keys) {
			t.Errorf("%s: heard of %q, want %q", test.kind, keys, test.keys)
		}
	}
	remove()
	if err := failure(client.Decide("greeting", gold)); err != nil || len(into.take()) != 0 {
		t.Errorf("heard though removed: %v", err)
	}
}

func TestADecisionIsToldInFull(t *testing.T) {
	client := newClient(t)
	into, _ := listen(t, client, opttrack.NotifyDecision)
	if _, err := client.Decide("greeting", gold); err != nil {
		t.Fatal(err)
	}
	told, err := into.take()[0].Decision()
	want := map[string]any{
		"flagKey": "greeting", "enabled": true, "variationKey": "warm", "ruleKey": "gold_greeting", "reasons": []any{},
		"decisionEventDispatched": true, "experimentId": "3002", "variationId": "4003",
		"variables": map[string]any{
			"text": "Good to see you!", "size": int64(12), "factor": 1.5, "loud": true,
			"style": map[string]any{"color": "red"},
		},
	}
	if err != nil || !reflect.DeepEqual(told.Info, want) {
		t.Errorf("got  %v, %v\nwant %v", told.Info, err, want)
	}
}

func TestListenersHearOfConversions(t *testing.T) {
	client := newClient(t)
	into, _ := listen(t, client, opttrack.NotifyTrack)
	if err := client.Track("purchase", gold, opttrack.Tags{"revenue": 4200}); err != nil {
		t.Fatal(err)
	}
	_ = client.Track("no_such_event", gold, nil)
	if err := failure(client.Activate("checkout_button", gold)); err != nil {
		t.Fatal(err)
	}
	all := into.take()
	if len(all) != 1 {
		t.Fatalf("heard %+v", all)
	}
	told, err := all[0].Track()
	want := opttrack.TrackNotification{
		EventKey: "purchase", UserID: gold.ID, Attributes: map[string]any{"plan": "gold", "age": int64(34)},
		EventTags: map[string]any{"revenue": int64(4200)},
	}
	if err != nil || !reflect.DeepEqual(told, want) || all[0].Key != "purchase" {
		t.Errorf("got  %+v, %v\nwant %+v", told, err, want)
	}
}

func TestAListenerMayUseTheClient(t *testing.T) {
	client := newClient(t)
	var variations []string
	_, err := client.AddListener(opttrack.NotifyTrack, func(opttrack.Notification) {
		decision, err := client.GetVariation("checkout_button", gold)
		if err != nil {
			t.Error(err)
		}
		variations = append(variations, decision.VariationKey)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Track("purchase", gold, nil); err != nil || !slices.Equal(variations, []string{"green"}) {
		t.Errorf("got %q, %v", variations, err)
	}
}

func TestListenersHearOfPostsUntilTheClientIsClosed(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithNotificationQueue(opttrack.NotifyLogEvent, 100),
		opttrack.WithFlushInterval(time.Hour))
	into, _ := listen(t, client, opttrack.NotifyLogEvent)
	if err := client.Track("purchase", gold, nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	all := into.take()
	if len(all) != 1 {
		t.Fatalf("heard %+v", all)
	}
	told, err := all[0].LogEvent()
	if err != nil || told.URL != server.url+"/v1/events" || told.HTTPVerb != "POST" ||
		!strings.Contains(string(told.Params), `"purchase"`) || all[0].Key != told.URL {
		t.Errorf("got %+v, %v", told, err)
	}
}

func TestListenersHearOfDatafilesWhileTheyListen(t *testing.T) {
	client := newClient(t)
	revision := func(number string) []byte {
		return []byte(strings.Replace(string(datafile), `"revision": "7"`, `"revision": "`+number+`"`, 1))
	}
	if err := client.SetDatafile(revision("8")); err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 10)
	remove, err := client.AddListener(opttrack.NotifyConfigUpdate, func(heard opttrack.Notification) {
		update, err := heard.ConfigUpdate()
		if err != nil {
			t.Error(err)
		}
		told <- update.Revision
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.SetDatafile(revision("9")); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "9" {
		t.Errorf("heard of revision %s", got)
	}
	remove()
	for pumps() {
		runtime.Gosched()
	}
}

// pumps says that a goroutine of a client waits for notifications.
func pumps() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), ").pump(")
}
