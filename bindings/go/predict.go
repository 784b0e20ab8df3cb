package opttrack

// Predictions of contextual bandits that the host makes itself.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// Predictor chooses variations for rules with a contextual bandit (CMAB), in place of Optimizely's prediction service.
// [WithPredictor] gives one to a client.
//
// Predict is called on the caller's time, and by any number of goroutines at once. ctx ends when nobody waits any more:
// after the time that [WithCMABTimeout] sets, or 10 s. A prediction that fails, panics or comes too late makes the
// decision an error decision ([ErrPredictionFailed]); its error is logged, so it should not name the visitor.
//
// The client keeps predictions in its cache, and calls that need the same one at the same time share it. So a decision that
// Predict itself makes must not need the prediction that it is asked for.
type Predictor interface {
	// Predict gives the id of the variation that the rule has for the user. An empty one counts as failed; with one that
	// the rule does not have, the flag's next rule counts.
	Predict(ctx context.Context, request PredictionRequest) (variationID string, err error)
}

// PredictorFunc is a function as a [Predictor].
type PredictorFunc func(ctx context.Context, request PredictionRequest) (variationID string, err error)

// Predict calls the function.
func (f PredictorFunc) Predict(ctx context.Context, request PredictionRequest) (string, error) {
	return f(ctx, request)
}

// PredictionRequest is what a prediction is asked with.
type PredictionRequest struct {
	// RuleID is the experiment rule.
	RuleID string
	// UserID is the visitor.
	UserID string
	// CMABUUID is what the prediction is known by in impressions.
	CMABUUID string
	// Body is all of it in JSON, with the attributes that the rule's model knows: what Optimizely's prediction service
	// takes in a post.
	Body []byte
}

// defaultCMABTimeout is the library's.
const defaultCMABTimeout = 10 * time.Second

// predictor calls the host's predictor, if there is one.
type predictor struct {
	service Predictor
	bound   bounded
	log     *logger

	mutex   sync.Mutex
	flights map[string]*flight // by what is asked, without the uuid
}

// flight is one prediction on its way. It can be joined until the call that started it has its answer, and with it the
// library's cache the prediction.
type flight struct {
	landed     chan struct{}
	prediction packed.Prediction // once landed
}

// predictions are those of one call.
type predictions struct {
	list []packed.Prediction
	led  []string // keys of the flights that this call started
}

// lack says that there are predictions to fetch, and that none of them has been fetched before.
func (p *predictions) lack(needed []packed.Needed) bool {
	for _, need := range needed {
		if slices.ContainsFunc(p.list, func(had packed.Prediction) bool { return had.RuleID == need.RuleID }) {
			return false
		}
	}
	return len(needed) > 0
}

// fetch adds the predictions that are needed, all asked for at once.
func (p *predictor) fetch(into *predictions, userID string, needed []packed.Needed, shared bool) {
	flights := make([]*flight, len(needed))
	for place, need := range needed {
		// What differs between two calls that ask the same is the uuid alone.
		key := need.RuleID + " " + strings.Replace(need.Request, need.UUID, "", 1)
		joined, leads := p.join(key, shared)
		flights[place] = joined
		if leads {
			into.led = append(into.led, key)
		}
		if leads || !shared {
			go p.fly(joined, userID, need)
		}
	}
	for place, flight := range flights {
		<-flight.landed
		prediction := flight.prediction
		prediction.RuleID = needed[place].RuleID
		into.list = append(into.list, prediction)
	}
}

// join gives the flight of that key, or a new one, which the caller leads. One that is not shared is always new, and led
// by nobody.
func (p *predictor) join(key string, shared bool) (joined *flight, leads bool) {
	fresh := &flight{landed: make(chan struct{})}
	if !shared {
		return fresh, false
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if running, found := p.flights[key]; found {
		return running, false
	}
	if p.flights == nil {
		p.flights = map[string]*flight{}
	}
	p.flights[key] = fresh
	return fresh, true
}

// fly asks the host for one prediction.
func (p *predictor) fly(flight *flight, userID string, need packed.Needed) {
	defer close(flight.landed)
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if p.bound.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, p.bound.timeout)
	}
	defer cancel()
	request := PredictionRequest{RuleID: need.RuleID, UserID: userID, CMABUUID: need.UUID, Body: []byte(need.Request)}
	variationID, err := within(&p.bound, func() (string, error) { return p.service.Predict(ctx, request) })
	if err == nil && variationID == "" {
		err = errors.New("no variation id")
	}
	if err != nil {
		p.log.errorf("the predictor has no prediction for rule %q: %v", need.RuleID, err)
		variationID = ""
	}
	flight.prediction = packed.Prediction{Had: err == nil, VariationID: variationID, UUID: need.UUID}
}

// end lets nobody join the flights of a call any more.
func (p *predictor) end(of *predictions) {
	if len(of.led) == 0 {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, key := range of.led {
		delete(p.flights, key)
	}
}
