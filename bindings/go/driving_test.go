//go:build cgo

package opttrack_test

// Clients that the host drives, by Pump or by making the requests itself; and the caller's own time and uuid.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func track(t *testing.T, client *opttrack.Client, events int) {
	t.Helper()
	for range events {
		if err := client.Track("purchase", gold, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAHostDrivenClientIsPumped(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithHostDriven(), opttrack.WithBatchSize(2),
		opttrack.WithFlushInterval(time.Hour))
	pump := func(budget time.Duration) time.Duration {
		t.Helper()
		next, err := client.Pump(budget)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	if next := pump(time.Minute); next != opttrack.Never {
		t.Errorf("nothing to do, but %v", next)
	}
	track(t, client, 1)
	if next := pump(0); next <= 0 || next > time.Hour {
		t.Errorf("one waits for another an hour at most, but %v", next)
	}
	track(t, client, 1)
	if next := pump(0); next != 0 {
		t.Errorf("without a budget it is still to be done, but %v", next)
	}
	if next := pump(time.Minute); next == 0 {
		t.Error("still something to do")
	}
	if received := server.counts(t); received.Unique != 2 || client.Stats().Delivered != 2 {
		t.Errorf("received %+v, books %+v", received, client.Stats())
	}
	track(t, client, 1)
	if err := client.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	track(t, client, 1)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if received := server.counts(t); received.Unique != 4 || client.Stats().Threads != 0 {
		t.Errorf("received %+v, books %+v", received, client.Stats())
	}
	if _, err := client.Pump(0); !errors.Is(err, opttrack.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestOnlyWhatTheHostDrivesCanBeDriven(t *testing.T) {
	client := newClient(t)
	_, pump := client.Pump(0)
	_, wake := client.WakeDescriptor()
	_, next := client.NextRequest(context.Background())
	for name, err := range map[string]error{
		"Pump": pump, "WakeDescriptor": wake, "NextRequest": next, "Complete": client.Complete(1, 204, nil, nil),
	} {
		if !errors.Is(err, opttrack.ErrInvalidArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// newPulledClient makes a client whose requests the test makes; they hold two events.
func newPulledClient(t *testing.T, options ...opttrack.Option) *opttrack.Client {
	t.Helper()
	usual := []opttrack.Option{
		opttrack.WithPulledTransport(), opttrack.WithEventEndpoint("https://events.example/v1"), opttrack.WithBatchSize(2),
		opttrack.WithFlushInterval(time.Hour), opttrack.WithRetryDelays(time.Millisecond, time.Millisecond),
	}
	return newClient(t, append(usual, options...)...)
}

func next(t *testing.T, client *opttrack.Client) *opttrack.Request {
	t.Helper()
	request, err := client.NextRequest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestAPulledRequestAndItsAnswers(t *testing.T) {
	client := newPulledClient(t)
	for number := range 2 {
		if err := client.TrackAt("purchase", gold, time.UnixMilli(int64(number)), uuidOf(number), nil); err != nil {
			t.Fatal(err)
		}
	}
	first := next(t, client)
	var body struct {
		Visitors []struct {
			Snapshots []struct{ Events []struct{ UUID string } }
		}
	}
	if err := json.Unmarshal(first.Body, &body); err != nil || len(body.Visitors) != 2 ||
		body.Visitors[1].Snapshots[0].Events[0].UUID != uuidOf(1) {
		t.Errorf("got %s, %v", first.Body, err)
	}
	if first.Method != "POST" || first.URL != "https://events.example/v1" || first.Timeout != 10*time.Second ||
		http.Header(first.Header).Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", first)
	}
	for name, err := range map[string]error{
		"another's id": client.Complete(first.ID+1, 204, nil, nil), "another's failure": client.Fail(first.ID+1, errors.New("")),
	} {
		if !errors.Is(err, opttrack.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, status := range []int{-1, 0, 99, 1000} {
		if err := client.Complete(first.ID, status, nil, nil); !errors.Is(err, opttrack.ErrInvalidArgument) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	if err := client.Fail(first.ID, errors.New("no route")); err != nil {
		t.Fatal(err)
	}
	if err := client.Complete(first.ID, 204, nil, nil); !errors.Is(err, opttrack.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	second := next(t, client)
	header := http.Header{"X-Other": {"\xff", ""}, "Retry-After": {"0"}}
	if err := client.Complete(second.ID, http.StatusServiceUnavailable, header, []byte("busy")); err != nil {
		t.Fatal(err)
	}
	if stats := client.Stats(); stats.Delivery != opttrack.DeliveryRetrying || stats.LastHTTPStatus != 503 {
		t.Errorf("books: %+v", stats)
	}
	if err := client.Complete(next(t, client).ID, http.StatusNoContent, nil, nil); err != nil {
		t.Fatal(err)
	}
	if stats := client.Stats(); stats.Delivered != 2 || stats.Posts != 3 || stats.Retries != 2 || stats.Threads != 0 {
		t.Errorf("books: %+v", stats)
	}
}

func TestTimeAndIDsAreTheTestsOwn(t *testing.T) {
	start := time.UnixMilli(1_600_000_000_000)
	newTimed := func(seed uint64) *opttrack.Client {
		return newClient(t, opttrack.WithMobilePreset(), opttrack.WithPulledTransport(), opttrack.WithManualClock(start),
			opttrack.WithIDSeed(seed))
	}
	wait := func(client *opttrack.Client, want time.Duration) {
		t.Helper()
		if got, err := client.Pump(0); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	var uuids [2]string
	for place := range uuids {
		client := newTimed(7)
		track(t, client, 1)
		wait(client, 30*time.Second) // the preset's
		for _, passed := range []time.Duration{29 * time.Second, 30 * time.Second} {
			if err := client.SetClock(start.Add(passed), passed); err != nil {
				t.Fatal(err)
			}
			wait(client, max(30*time.Second-passed, 0))
		}
		request := next(t, client)
		uuids[place] = uuidIn.FindString(string(request.Body))
		if uuids[place] == "" || !strings.Contains(string(request.Body), "1600000000000") {
			t.Errorf("got %s", request.Body)
		}
	}
	if uuids[0] != uuids[1] {
		t.Errorf("the same calls gave %s and %s", uuids[0], uuids[1])
	}
	other := newTimed(8)
	track(t, other, 10) // a batch of the preset
	if request := next(t, other); strings.Contains(string(request.Body), uuids[0]) {
		t.Errorf("another seed gave the same uuid: %s", request.Body)
	}
	if err := newPulledClient(t).SetClock(start, 0); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("without a manual clock: %v", err)
	}
	_, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithLogLevel(opttrack.LogOff),
		opttrack.WithManualClock(start))
	if !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("with a thread of the library's: %v", err)
	}
}

var uuidIn = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

func TestRetryAfterOfAnAnswerIsKept(t *testing.T) {
	client := newPulledClient(t)
	track(t, client, 2)
	header := http.Header{}
	header.Set("Retry-After", "7")
	header.Set("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
	if err := client.Complete(next(t, client).ID, http.StatusTooManyRequests, header, nil); err != nil {
		t.Fatal(err)
	}
	if wait, err := client.Pump(0); err != nil || wait <= 5*time.Second || wait > 7*time.Second {
		t.Errorf("got %v, %v", wait, err)
	}
}

func TestNextRequestEndsWithItsContext(t *testing.T) {
	client := newPulledClient(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := client.NextRequest(ctx)
	if !errors.Is(err, opttrack.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("at the deadline: %v", err)
	}
	ctx, cancelCause := context.WithCancelCause(context.Background())
	reason := errors.New("changed my mind")
	cancelCause(reason)
	if _, err := client.NextRequest(ctx); err != reason {
		t.Errorf("cancelled: %v", err)
	}
	track(t, client, 2)
	if request, err := client.NextRequest(ctx); err != nil {
		t.Errorf("what is due is given all the same: %v, %v", request, err)
	}
}

func TestRequestsAreGivenUntilTheClientIsClosed(t *testing.T) {
	client := newPulledClient(t, opttrack.WithCloseTimeout(time.Minute))
	ended := make(chan error, 1)
	go func() {
		for {
			request, err := client.NextRequest(context.Background())
			if err == nil {
				err = client.Complete(request.ID, http.StatusOK, nil, nil)
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	track(t, client, 5)
	if err := client.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	track(t, client, 1)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, opttrack.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
	if stats := client.Stats(); stats.Delivered != 6 {
		t.Errorf("books: %+v", stats)
	}
	if _, err := client.NextRequest(context.Background()); !errors.Is(err, opttrack.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestTheCallersTimeAndUUID(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	at := time.Date(2021, 3, 4, 5, 6, 7, 8_900_000, time.UTC)
	if err := client.TrackAt("purchase", gold, at, "123E4567-E89B-42D3-A456-426614174000", opttrack.Tags{"revenue": 1}); err != nil {
		t.Fatal(err)
	}
	if err := client.TrackPairsAt("purchase", gold, at, "", opttrack.Int("revenue", 2)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		err, want error
	}{
		"before 1970": {client.TrackAt("purchase", gold, time.UnixMilli(-1), "", nil), opttrack.ErrInvalidArgument},
		"after 9999":  {client.TrackAt("purchase", gold, time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), "", nil), opttrack.ErrInvalidArgument},
		"no uuid":     {client.TrackAt("purchase", gold, at, "123e4567", nil), opttrack.ErrInvalidArgument},
		"no event":    {client.TrackAt("no_such_event", gold, at, "", nil), opttrack.ErrUnknownEvent},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	events := server.events(t)
	if len(events) != 2 || events[0].UUID != "123e4567-e89b-42d3-a456-426614174000" || len(events[1].UUID) != 36 {
		t.Fatalf("received %+v", events)
	}
	for place, event := range events {
		if event.Timestamp != at.UnixMilli() || event.Revenue != int64(place+1) {
			t.Errorf("received %+v", event)
		}
	}
}
