//go:build cgo

package opttrack_test

// Flush, Shutdown and Close: deadlines, cancellation, and closing under load.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// slack is what a deadline may be passed by on a busy machine; the promise is 50 ms.
const slack = 2 * time.Second

// silent is a server that takes posts and answers none until it is released.
type silent struct {
	url     string
	arrived chan struct{}
	release func()
}

func startSilent(t *testing.T) *silent {
	t.Helper()
	arrived := make(chan struct{}, 100)
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-released
		answer.WriteHeader(http.StatusNoContent)
	}))
	release := sync.OnceFunc(func() { close(released) })
	t.Cleanup(server.Close)
	t.Cleanup(release)
	return &silent{server.URL, arrived, release}
}

func TestFlushDeliversWhatWaits(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithFlushInterval(time.Hour))
	for range 10 {
		if err := client.Track("signup", gold, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if received := server.counts(t); received.Unique != 10 || received.Conversions != 10 {
		t.Errorf("received: %+v", received)
	}
	if stats := client.Stats(); stats.Delivered != 10 || stats.Pending != 0 || stats.LastHTTPStatus != http.StatusNoContent {
		t.Errorf("books: %+v", stats)
	}
}

func TestDeadlinesAreKept(t *testing.T) {
	server := startSilent(t)
	client := newClient(t, opttrack.WithEventEndpoint(server.url))
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	expectTimeout(t, "Flush", client.Flush)
	if stats := client.Stats(); stats.Pending != 1 {
		t.Errorf("books after Flush: %+v", stats)
	}
	expectTimeout(t, "Shutdown", client.Shutdown)
	if stats := client.Stats(); stats.Accepted != 1 || stats.Pending != 1 || stats.Delivered != 0 {
		t.Errorf("books after Shutdown: %+v", stats)
	}
	if err := client.Shutdown(context.Background()); !errors.Is(err, opttrack.ErrTimeout) {
		t.Errorf("a second Shutdown does not give the answer of the first: %v", err)
	}
}

func expectTimeout(t *testing.T, name string, call func(context.Context) error) {
	t.Helper()
	const allowed = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), allowed)
	defer cancel()
	began := time.Now()
	err := call(ctx)
	if took := time.Since(began); took > allowed+slack {
		t.Errorf("%s took %v", name, took)
	}
	var failure *opttrack.Error
	if !errors.As(err, &failure) || !errors.Is(err, opttrack.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestCancelledFlushReturnsAtOnce(t *testing.T) {
	server := startSilent(t)
	client := newClient(t, opttrack.WithEventEndpoint(server.url))
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	answer := make(chan error, 1)
	go func() { answer <- client.Flush(ctx) }()
	<-server.arrived
	reason := errors.New("changed my mind")
	cancel(reason)
	if err := <-answer; err != reason {
		t.Errorf("got %v", err)
	}
	server.release()
	if err := client.Flush(context.Background()); err != nil {
		t.Errorf("the client is not usable afterwards: %v", err)
	}
}

func TestCancelledShutdownGoesOnInTheBackground(t *testing.T) {
	server := startSilent(t)
	client := newClient(t, opttrack.WithEventEndpoint(server.url))
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	answer := make(chan error, 1)
	go func() { answer <- client.Shutdown(ctx) }()
	<-server.arrived
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	expectTimeout(t, "a second Shutdown", client.Shutdown)
	server.release()
	if err := client.Shutdown(context.Background()); err != nil {
		t.Errorf("got %v", err)
	}
	if stats := client.Stats(); stats.Delivered != 1 {
		t.Errorf("books: %+v", stats)
	}
}

func TestCloseDoesNotWaitForAFlush(t *testing.T) {
	server := startSilent(t)
	client := newClient(t, opttrack.WithEventEndpoint(server.url), opttrack.WithCloseTimeout(100*time.Millisecond))
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() { answer <- client.Flush(context.Background()) }()
	<-server.arrived
	if err := client.Close(); !errors.Is(err, opttrack.ErrTimeout) {
		t.Errorf("Close: %v", err)
	}
	server.release()
	if err := <-answer; err != nil && !errors.Is(err, opttrack.ErrClosed) && !errors.Is(err, opttrack.ErrTimeout) {
		t.Errorf("Flush: %v", err)
	}
}

func TestEveryCallAfterCloseSaysSo(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown after Close: %v", err)
	}
	_, activate := client.Activate("checkout_button", gold)
	_, variation := client.GetVariation("checkout_button", gold)
	_, decide := client.Decide("greeting", gold)
	_, enabled := client.IsFeatureEnabled("greeting", gold)
	_, features := client.GetEnabledFeatures(gold)
	_, forced := client.GetForcedVariation("checkout_button", gold.ID)
	_, several := client.DecideForKeys([]string{"greeting"}, gold)
	_, all := client.DecideAll(gold)
	_, variable := client.GetFeatureVariable("greeting", "text", gold)
	_, variables := client.GetAllFeatureVariables("greeting", gold)
	_, config := client.OptimizelyConfig()
	_, listen := client.AddListener(opttrack.NotifyDecision, func(opttrack.Notification) {})
	_, discard := client.Discard()
	_, purge := client.PurgeVisitor(gold.ID)
	_, pump := client.Pump(0)
	_, wake := client.WakeDescriptor()
	_, request := client.NextRequest(context.Background())
	for name, err := range map[string]error{
		"Track": client.Track("signup", gold, nil), "TrackPairs": client.TrackPairs("signup", gold),
		"Activate": activate, "GetVariation": variation, "Decide": decide, "IsFeatureEnabled": enabled,
		"GetEnabledFeatures": features, "GetForcedVariation": forced, "DecideForKeys": several, "DecideAll": all,
		"GetFeatureVariable": variable, "GetAllFeatureVariables": variables, "OptimizelyConfig": config,
		"AddListener":           listen,
		"SetForcedVariation":    client.SetForcedVariation("checkout_button", gold.ID, "blue"),
		"RemoveForcedVariation": client.RemoveForcedVariation("checkout_button", gold.ID),
		"SetDatafile":           client.SetDatafile(datafile),
		"Flush":                 client.Flush(context.Background()),
		"Sync":                  client.Sync(context.Background()),
		"TrackAt":               client.TrackAt("signup", gold, time.Now(), "", nil),
		"TrackPairsAt":          client.TrackPairsAt("signup", gold, time.Now(), ""),
		"SetTracking":           client.SetTracking(true), "SetClock": client.SetClock(time.Now(), 0),
		"Discard": discard, "PurgeVisitor": purge, "Pump": pump, "WakeDescriptor": wake,
		"NextRequest": request, "Complete": client.Complete(1, 204, nil, nil), "Fail": client.Fail(1, errors.New("no")),
	} {
		if !errors.Is(err, opttrack.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stats := client.Stats(); stats.Delivered != 1 {
		t.Errorf("the books were not kept: %+v", stats)
	}
}

func TestNothingAcceptedIsLostWhenClosedUnderLoad(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	const goroutines, enough = 8, 4000
	var accepted atomic.Uint64
	reached := make(chan struct{})
	var tracking sync.WaitGroup
	for number := range goroutines {
		tracking.Add(1)
		go func() {
			defer tracking.Done()
			user := opttrack.User{ID: fmt.Sprint("visitor-", number), Attributes: gold.Attributes}
			for {
				err := client.Track("purchase", user, opttrack.Tags{"revenue": number})
				if errors.Is(err, opttrack.ErrClosed) {
					return
				}
				if err == nil && accepted.Add(1) == enough {
					close(reached)
				}
			}
		}()
	}
	<-reached
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	tracking.Wait()
	stats, received := client.Stats(), server.counts(t)
	if stats.Accepted != accepted.Load() || stats.Delivered != accepted.Load() || stats.Pending != 0 {
		t.Errorf("%d calls of Track returned nil, the books say %+v", accepted.Load(), stats)
	}
	if received.Unique != accepted.Load() || received.Events != received.Unique || received.RejectedPosts != 0 {
		t.Errorf("%d calls of Track returned nil, received %+v", accepted.Load(), received)
	}
}

func TestManyClose(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	if err := client.Track("signup", gold, nil); err != nil {
		t.Fatal(err)
	}
	var closing sync.WaitGroup
	for range 8 {
		closing.Add(1)
		go func() {
			defer closing.Done()
			if err := client.Close(); err != nil {
				t.Error(err)
			}
			if stats := client.Stats(); stats.Delivered != 1 {
				t.Errorf("books: %+v", stats)
			}
		}()
	}
	closing.Wait()
}

func TestAClientThatNewDidNotMakeIsRefused(t *testing.T) {
	client := &opttrack.Client{}
	if err := client.Close(); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("Close: %v", err)
	}
	if _, err := client.Decide("flag", opttrack.User{ID: "u"}); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("Decide: %v", err)
	}
}
