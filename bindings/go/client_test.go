//go:build cgo

package opttrack_test

// What the tests share: the shop's datafile and clients that are closed at the end.

import (
	_ "embed"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

//go:embed testdata/shop.json
var datafile []byte

// nowhere is an endpoint that nobody listens at, for tests that look at no events.
const nowhere = "http://127.0.0.1:1/v1/events"

// newClient makes a client that decides by the shop's datafile and, at the end, is closed without waiting.
func newClient(t testing.TB, options ...opttrack.Option) *opttrack.Client {
	t.Helper()
	usual := []opttrack.Option{
		opttrack.WithDatafile(datafile), opttrack.WithLogLevel(opttrack.LogOff),
		opttrack.WithEventEndpoint(nowhere), opttrack.WithCloseTimeout(0),
	}
	client, err := opttrack.New(append(usual, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// missing skips a test for what the machine lacks, unless everything must run.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("OPT_REQUIRE_ALL") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func TestVersionIsThatOfTheLibrary(t *testing.T) {
	version, err := opttrack.Version()
	if err != nil || strings.Count(version, ".") != 2 {
		t.Errorf("got %q, %v", version, err)
	}
}

func TestOptionsOutOfRangeAreNamedAllAtOnce(t *testing.T) {
	_, err := opttrack.New(
		opttrack.WithDatafile(datafile),
		opttrack.WithBatchSize(-1),
		opttrack.WithFlushInterval(-time.Second),
		opttrack.WithQueueLimit(1, 0),
	)
	if !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Fatalf("got %v", err)
	}
	for _, option := range []string{"batch_size", "flush_interval", "queue_limit"} {
		if !strings.Contains(err.Error(), option) {
			t.Errorf("the message does not name %s: %v", option, err)
		}
	}
}

func TestEveryOptionIsTaken(t *testing.T) {
	client := newClient(t,
		opttrack.Option{},
		opttrack.WithEventEndpoint(nowhere),
		opttrack.WithBatchSize(10),
		opttrack.WithFlushInterval(time.Nanosecond), // rounded up to a millisecond
		opttrack.WithTimeouts(time.Second, 2*time.Second),
		opttrack.WithRetryDelays(time.Millisecond, time.Second),
		opttrack.WithQueueLimit(1<<20, 100),
		opttrack.WithClientName("shop", "2.0"),
		opttrack.WithLogLevel(opttrack.LogOff),
		opttrack.WithCloseTimeout(0),
		opttrack.WithMaxAge(time.Hour),
	)
	if stats := client.Stats(); stats != (opttrack.Stats{JournalBytes: stats.JournalBytes}) {
		t.Errorf("a new client's books: %+v", stats)
	}
}

func TestNoDatafile(t *testing.T) {
	if _, err := opttrack.New(); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("got %v", err)
	}
}

func TestBadDatafileIsRefusedWithItsPlace(t *testing.T) {
	bad := strings.Replace(string(datafile), `"key": "purchase"`, `"key": 5`, 1)
	_, err := opttrack.New(opttrack.WithDatafile([]byte(bad)), opttrack.WithLogLevel(opttrack.LogOff))
	var failure *opttrack.Error
	if !errors.As(err, &failure) || !errors.Is(err, opttrack.ErrInvalidDatafile) {
		t.Fatalf("got %v", err)
	}
	if failure.Place != "events[0].key" || failure.Retriable {
		t.Errorf("place %q, retriable %v: %v", failure.Place, failure.Retriable, err)
	}
}

func TestSetDatafilePutsAnotherInForce(t *testing.T) {
	client := newClient(t)
	renamed := strings.ReplaceAll(string(datafile), `"key": "green"`, `"key": "olive"`)
	if err := client.SetDatafile([]byte(renamed)); err != nil {
		t.Fatal(err)
	}
	if err := client.SetDatafile([]byte("{")); !errors.Is(err, opttrack.ErrInvalidDatafile) {
		t.Errorf("a broken datafile: %v", err)
	}
	decision, err := client.GetVariation("checkout_button", opttrack.User{ID: "visitor-1"})
	if err != nil || decision.VariationKey != "olive" {
		t.Errorf("got %+v, %v", decision, err)
	}
}

func TestDecisionsGoOnWhileTheDatafileChanges(t *testing.T) {
	client := newClient(t)
	renamed := []byte(strings.ReplaceAll(string(datafile), `"key": "green"`, `"key": "olive"`))
	var deciding sync.WaitGroup
	for range 4 {
		deciding.Add(1)
		go func() {
			defer deciding.Done()
			for range 200 {
				decision, err := client.Activate("checkout_button", gold)
				if err != nil || (decision.VariationKey != "green" && decision.VariationKey != "olive") {
					t.Errorf("got %+v, %v", decision, err)
				}
			}
		}()
	}
	for range 20 {
		for _, text := range [][]byte{renamed, datafile} {
			if err := client.SetDatafile(text); err != nil {
				t.Error(err)
			}
		}
	}
	deciding.Wait()
	if stats := client.Stats(); stats.AcceptedImpressions != 4*200 {
		t.Errorf("books: %+v", stats)
	}
}
