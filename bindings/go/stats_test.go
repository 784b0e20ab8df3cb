//go:build cgo

package opttrack_test

// The books: they agree with the collector's, to the event.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func TestBooksAgreeWithTheCollectors(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	const visitors = 500
	impressions := uint64(0)
	for number := range visitors {
		user := opttrack.User{ID: fmt.Sprint("visitor-", number), Attributes: gold.Attributes}
		decision, err := client.Activate("checkout_button", user)
		if err != nil {
			t.Fatal(err)
		}
		if decision.Event == opttrack.EventAccepted {
			impressions++
		}
		if err := client.Track("purchase", user, nil); err != nil {
			t.Fatal(err)
		}
	}
	server.wait(t, 2*visitors)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	stats, received := client.Stats(), server.counts(t)
	if impressions != visitors || received.Impressions != visitors || received.Conversions != visitors {
		t.Errorf("%d impressions accepted, received %+v", impressions, received)
	}
	want := opttrack.Stats{
		Accepted: 2 * visitors, AcceptedImpressions: visitors, AcceptedConversions: visitors, Delivered: received.Unique,
		Posts: received.Posts, LastHTTPStatus: 204, JournalBytes: stats.JournalBytes,
	}
	if stats != want {
		t.Errorf("got  %+v\nwant %+v", stats, want)
	}
}

func TestNothingIsRecordedWhileTrackingIsOff(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t)
	track(t, client, 1)
	if err := client.SetTracking(false); err != nil {
		t.Fatal(err)
	}
	var failure *opttrack.Error
	err := client.Track("purchase", gold, nil)
	if !errors.Is(err, opttrack.ErrTrackingOff) || !errors.As(err, &failure) || failure.Retriable {
		t.Errorf("Track: %v", err)
	}
	decision, err := client.Activate("checkout_button", gold)
	if err != nil || decision.VariationKey != "green" || decision.Event != opttrack.EventSuppressed {
		t.Errorf("got %+v, %v", decision, err)
	}
	if err := client.SetTracking(true); err != nil {
		t.Fatal(err)
	}
	track(t, client, 1)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if stats := client.Stats(); stats.Accepted != 2 || stats.RefusedTrackingOff != 1 || server.counts(t).Unique != 2 {
		t.Errorf("books: %+v", stats)
	}
}

func TestBooksOfWhatWaits(t *testing.T) {
	server := startSilent(t)
	client := newClient(t, opttrack.WithEventEndpoint(server.url), opttrack.WithFlushInterval(time.Hour),
		opttrack.WithQueueLimit(1<<20, 2))
	for range 3 {
		_ = client.Track("purchase", gold, nil)
	}
	decision, err := client.Activate("checkout_button", gold)
	if err != nil || decision.VariationKey != "green" || decision.Event != opttrack.EventQueueFull {
		t.Errorf("a decision whose impression finds the queue full: %+v, %v", decision, err)
	}
	stats := client.Stats()
	if stats.Pending != 2 || stats.RefusedQueueFull != 2 || stats.PendingBytes == 0 || stats.Threads != 1 || stats.Durable {
		t.Errorf("books: %+v", stats)
	}
}
