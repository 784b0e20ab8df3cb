//go:build cgo

package opttrack_test

// Contextual bandits: predictions of the host's, and of a service behind an endpoint.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// bandits is the shop's datafile, in which a bandit decides the greeting.
var bandits = []byte(strings.Replace(string(datafile), `"key": "gold_greeting",`,
	`"key": "gold_greeting", "cmab": {"attributeIds": ["5001", "5002"], "trafficAllocation": 10000},`, 1))

// predicts counts how often it is asked, and predicts a variation.
func predicts(asked *atomic.Int32, variationID string, err error) opttrack.Predictor {
	return opttrack.PredictorFunc(func(_ context.Context, request opttrack.PredictionRequest) (string, error) {
		asked.Add(1)
		return variationID, err
	})
}

func TestThePredictorDecides(t *testing.T) {
	var asked opttrack.PredictionRequest
	predictor := opttrack.PredictorFunc(func(_ context.Context, request opttrack.PredictionRequest) (string, error) {
		asked = request
		return "4005", nil
	})
	sent := deliver(t, func(client *opttrack.Client) {
		decision, err := client.Decide("greeting", gold)
		if err != nil || decision.VariationKey != "cool" || decision.CMABUUID != asked.CMABUUID || decision.CMABUUID == "" {
			t.Errorf("got %+v, %v", decision, err)
		}
	}, opttrack.WithDatafile(bandits), opttrack.WithPredictor(predictor))
	if asked.RuleID != "3002" || asked.UserID != "visitor-1" {
		t.Errorf("asked %+v", asked)
	}
	expectInstance(t, asked.Body)
	text, _ := json.Marshal(sent)
	if !strings.Contains(string(text), asked.CMABUUID) {
		t.Errorf("the impression does not know its prediction: %s", text)
	}
}

// expectInstance looks at what a prediction is asked with.
func expectInstance(t *testing.T, body []byte) {
	t.Helper()
	var request struct {
		Instances []struct {
			VisitorID, ExperimentID, CMABUUID string
			Attributes                        []struct {
				ID, Type string
				Value    any
			}
		}
	}
	if err := json.Unmarshal(body, &request); err != nil || len(request.Instances) != 1 {
		t.Fatalf("got %s, %v", body, err)
	}
	got := request.Instances[0]
	if got.VisitorID != "visitor-1" || got.ExperimentID != "3002" || got.CMABUUID == "" || len(got.Attributes) != 2 ||
		got.Attributes[0].ID != "5001" || got.Attributes[0].Value != "gold" {
		t.Errorf("got %s", body)
	}
}

func TestPredictionsAreCached(t *testing.T) {
	var asked atomic.Int32
	client := newClient(t, opttrack.WithDatafile(bandits), opttrack.WithPredictor(predicts(&asked, "4005", nil)))
	for _, test := range []struct {
		options []opttrack.DecideOption
		want    int32
	}{
		{nil, 1},
		{nil, 1},
		{[]opttrack.DecideOption{opttrack.IgnoreCMABCache}, 2},
		{[]opttrack.DecideOption{opttrack.InvalidateUserCMABCache}, 3},
		{[]opttrack.DecideOption{opttrack.ResetCMABCache}, 4},
		{nil, 4},
	} {
		decision, err := client.Decide("greeting", gold, test.options...)
		if got := asked.Load(); err != nil || decision.VariationKey != "cool" || got != test.want {
			t.Errorf("%v: got %q, %v; asked %d times, want %d", test.options, decision.VariationKey, err, got, test.want)
		}
	}
	others := opttrack.User{ID: "visitor-2", Attributes: gold.Attributes}
	if decision, err := client.Decide("greeting", others, opttrack.NoWait); err != nil || decision.VariationKey != "" {
		t.Errorf("without waiting: got %+v, %v", decision, err)
	}
	if decisions, err := client.DecideAll(others); err != nil || decisions[0].VariationKey != "cool" || asked.Load() != 5 {
		t.Errorf("of several: got %+v, %v", decisions, err)
	}
}

func TestAPredictionThatCanNotBeHad(t *testing.T) {
	for name, predictor := range map[string]opttrack.PredictorFunc{
		"an error": func(context.Context, opttrack.PredictionRequest) (string, error) { return "", errors.New("no") },
		"a panic":  func(context.Context, opttrack.PredictionRequest) (string, error) { panic("no") },
	} {
		client := newClient(t, opttrack.WithDatafile(bandits), opttrack.WithPredictor(predictor))
		decision, err := client.Decide("greeting", gold)
		if !errors.Is(err, opttrack.ErrPredictionFailed) || !errors.Is(decision.Err(), opttrack.ErrPredictionFailed) ||
			decision.VariationKey != "" || decision.Event != opttrack.EventSuppressed ||
			!slices.Equal(decision.Reasons, []string{"Failed to fetch CMAB data for experiment gold_greeting."}) {
			t.Errorf("%s: got %+v, %v", name, decision, err)
		}
		decisions, err := client.DecideAll(gold)
		if err != nil || len(decisions) != 3 || decisions[0].Status != opttrack.StatusPredictionFailed ||
			!decisions[1].Enabled {
			t.Errorf("%s, of several: got %+v, %v", name, decisions, err)
		}
		into, remove := listen(t, client, opttrack.NotifyDecision)
		enabled, err := client.IsFeatureEnabled("greeting", gold)
		if enabled || !errors.Is(err, opttrack.ErrPredictionFailed) {
			t.Errorf("%s: got %v, %v", name, enabled, err)
		}
		remove()
		told := into.take()
		if len(told) != 1 || !strings.Contains(told[0].Payload, `"featureEnabled":false,"source":""`) {
			t.Errorf("%s: told %+v", name, told)
		}
	}
}

func TestAPredictionServiceIsAsked(t *testing.T) {
	type post struct {
		path string
		body []byte
	}
	posts := make(chan post, 10)
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		posts <- post{request.URL.Path, body}
		_, _ = io.WriteString(answer, `{"predictions": [{"variation_id": "4005"}]}`)
	}))
	defer server.Close()
	client := newClient(t, opttrack.WithDatafile(bandits), opttrack.WithCMABEndpoint(server.URL+"/predict/%s"),
		opttrack.WithCMABTimeout(slack), opttrack.WithCMABCache(10, slack))
	decision, err := client.Decide("greeting", gold)
	if err != nil || decision.VariationKey != "cool" || len(posts) != 1 {
		t.Fatalf("got %+v, %v; asked %d times", decision, err, len(posts))
	}
	asked := <-posts
	if asked.path != "/predict/3002" {
		t.Errorf("asked at %s", asked.path)
	}
	expectInstance(t, asked.body)
	_, err = opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithCMABEndpoint(server.URL))
	if !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("an endpoint without a place for the rule: %v", err)
	}
}
