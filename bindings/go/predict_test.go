package opttrack

// How predictions are fetched: at once, shared, and in spite of everything.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

func newPredictor(service PredictorFunc) *predictor {
	return &predictor{service: service, bound: bounded{timeout: time.Hour}, log: &logger{}}
}

func need(rule, uuid string) packed.Needed {
	return packed.Needed{RuleID: rule, UUID: uuid, Request: fmt.Sprintf(`{"rule":%q,"cmabUUID":%q}`, rule, uuid)}
}

func TestPredictionsOfOneRoundAreFetchedAtOnce(t *testing.T) {
	var together sync.WaitGroup
	together.Add(3)
	predictor := newPredictor(func(_ context.Context, request PredictionRequest) (string, error) {
		together.Done()
		together.Wait() // for the others, which one after the other would never come
		if request.UserID != "u" || string(request.Body) != need(request.RuleID, request.CMABUUID).Request {
			t.Errorf("got %+v", request)
		}
		return map[string]string{"1": "10", "2": "", "3": "30"}[request.RuleID], nil
	})
	var fetched predictions
	predictor.fetch(&fetched, "u", []packed.Needed{need("1", "uuid-a"), need("2", "uuid-b"), need("3", "uuid-c")}, true)
	want := []packed.Prediction{
		{RuleID: "1", Had: true, VariationID: "10", UUID: "uuid-a"}, {RuleID: "2", UUID: "uuid-b"},
		{RuleID: "3", Had: true, VariationID: "30", UUID: "uuid-c"},
	}
	if fmt.Sprint(fetched.list) != fmt.Sprint(want) {
		t.Errorf("got %+v", fetched.list)
	}
	if fetched.lack(nil) || fetched.lack([]packed.Needed{{RuleID: "4"}, {RuleID: "2"}}) ||
		!fetched.lack([]packed.Needed{{RuleID: "4"}}) {
		t.Error("a prediction asked for twice, or none, was taken for a new one")
	}
	predictor.end(&fetched)
	if len(predictor.flights) != 0 {
		t.Errorf("left: %v", predictor.flights)
	}
}

func TestCallsThatNeedTheSameShareIt(t *testing.T) {
	for _, shared := range []bool{true, false} {
		var asked atomic.Int32
		release := make(chan struct{})
		predictor := newPredictor(func(context.Context, PredictionRequest) (string, error) {
			asked.Add(1)
			<-release
			return "10", nil
		})
		var first, second predictions
		var fetching sync.WaitGroup
		fetching.Add(1)
		go func() {
			defer fetching.Done()
			predictor.fetch(&first, "u", []packed.Needed{need("1", "uuid-a")}, shared)
		}()
		for asked.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		close(release)
		predictor.fetch(&second, "u", []packed.Needed{need("1", "uuid-b")}, shared)
		fetching.Wait()
		want, uuid := int32(1), "uuid-a"
		if !shared {
			want, uuid = 2, "uuid-b"
		}
		if got := asked.Load(); got != want || second.list[0].UUID != uuid || !second.list[0].Had {
			t.Errorf("shared %v: %d were asked for; got %+v", shared, got, second.list)
		}
		predictor.end(&second)
		if got := len(predictor.flights); got != int(2-want) {
			t.Errorf("shared %v: %d can be joined before the first call has its answer", shared, got)
		}
		predictor.end(&first)
	}
}

func TestPredictionsThatFail(t *testing.T) {
	for name, service := range map[string]PredictorFunc{
		"an error": func(context.Context, PredictionRequest) (string, error) { return "10", errors.New("no") },
		"nothing":  func(context.Context, PredictionRequest) (string, error) { return "", nil },
		"a panic":  func(context.Context, PredictionRequest) (string, error) { panic("no") },
		"too late": func(ctx context.Context, _ PredictionRequest) (string, error) {
			<-ctx.Done()
			return "10", ctx.Err()
		},
	} {
		predictor := newPredictor(service)
		if name == "too late" {
			predictor.bound.timeout = time.Millisecond
		}
		var fetched predictions
		predictor.fetch(&fetched, "u", []packed.Needed{need("1", "uuid-a")}, true)
		if got, want := fetched.list[0], (packed.Prediction{RuleID: "1", UUID: "uuid-a"}); got != want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
