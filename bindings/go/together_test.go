//go:build cgo

package opttrack_test

// All of it at once: decisions with profiles and predictions, listeners that come and go, datafiles, and the end.

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func TestEverythingAtOnceUntilTheClientIsClosed(t *testing.T) {
	const goroutines, enough = 6, 100
	var asked, told atomic.Int32
	service := &kept{}
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithDatafile(bandits), opttrack.WithUserProfileService(service),
		opttrack.WithPredictor(predicts(&asked, "4005", nil)),
		opttrack.WithNotificationQueue(opttrack.NotifyLogEvent|opttrack.NotifyConfigUpdate, 16))
	tell := func(opttrack.Notification) { told.Add(1) }
	var working sync.WaitGroup
	var reached sync.WaitGroup
	reached.Add(goroutines)
	for number := range goroutines {
		working.Add(1)
		go func() {
			defer working.Done()
			for turn := 0; ; turn++ {
				if turn == enough {
					reached.Done()
				}
				err := allCalls(client, opttrack.User{ID: fmt.Sprint(number, " ", turn), Attributes: gold.Attributes}, tell)
				if errors.Is(err, opttrack.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	reached.Wait()
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	working.Wait()
	stats, received := client.Stats(), server.counts(t)
	if stats.Accepted == 0 || stats.Accepted != received.Unique || stats.Pending != 0 {
		t.Errorf("books %+v, received %+v", stats, received)
	}
	if told.Load() == 0 || asked.Load() < goroutines*enough || len(service.profiles) < goroutines*enough {
		t.Errorf("%d told, %d predicted, %d profiles", told.Load(), asked.Load(), len(service.profiles))
	}
}

// allCalls makes some of every kind, with a listener of its own, and gives the first error.
func allCalls(client *opttrack.Client, user opttrack.User, tell func(opttrack.Notification)) error {
	all := opttrack.NotifyDecision | opttrack.NotifyTrack | opttrack.NotifyLogEvent | opttrack.NotifyConfigUpdate
	remove, err := client.AddListener(all, tell)
	if err != nil {
		return err
	}
	defer remove()
	decisions, err := client.DecideAll(user)
	if err != nil {
		return err
	}
	if greeting := decisions[0]; greeting.VariationKey != "cool" {
		return fmt.Errorf("%+v", greeting)
	}
	if err := failure(client.Activate("checkout_button", user)); err != nil {
		return err
	}
	if err := client.Track("purchase", user, nil); err != nil {
		return err
	}
	return client.SetDatafile(bandits)
}
