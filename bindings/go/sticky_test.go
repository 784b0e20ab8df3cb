//go:build cgo

package opttrack_test

// Visitors who keep their variation: with a service of the host's, and with a directory of the library's.

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// kept is a user profile service in memory.
type kept struct {
	mutex          sync.Mutex
	profiles       map[string]opttrack.Profile
	lookups, saves int
}

func (k *kept) Lookup(userID string) (*opttrack.Profile, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.lookups++
	if profile, found := k.profiles[userID]; found {
		return &profile, nil
	}
	return nil, nil
}

func (k *kept) Save(profile opttrack.Profile) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.saves++
	if k.profiles == nil {
		k.profiles = map[string]opttrack.Profile{}
	}
	k.profiles[profile.UserID] = profile
	return nil
}

// reallocated is the shop's datafile with the traffic of its first experiment in the other variation.
var reallocated = []byte(strings.Replace(string(datafile), `[{"entityId": "4001"`, `[{"entityId": "4002"`, 1))

func variationOf(t *testing.T, client *opttrack.Client) string {
	t.Helper()
	decision, err := client.GetVariation("checkout_button", opttrack.User{ID: "visitor-1"})
	if err != nil {
		t.Fatal(err)
	}
	return decision.VariationKey
}

func TestAVisitorKeepsTheVariation(t *testing.T) {
	service := &kept{}
	for name, option := range map[string]opttrack.Option{
		"a service":   opttrack.WithUserProfileService(service),
		"a directory": opttrack.WithUserProfileDirectory(t.TempDir()),
	} {
		first := newClient(t, option)
		if got := variationOf(t, first); got != "green" {
			t.Errorf("%s: at first %q", name, got)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if got := variationOf(t, newClient(t, option, opttrack.WithDatafile(reallocated))); got != "green" {
			t.Errorf("%s: afterwards %q", name, got)
		}
	}
	if got := variationOf(t, newClient(t, opttrack.WithDatafile(reallocated))); got != "blue" {
		t.Errorf("without either: %q", got)
	}
	if got := service.profiles["visitor-1"].ExperimentBucketMap["3001"].VariationID; got != "4001" || service.saves != 1 {
		t.Errorf("kept %q, saved %d times", got, service.saves)
	}
}

func TestWhatElseAProfileHasIsKept(t *testing.T) {
	service := &kept{profiles: map[string]opttrack.Profile{"visitor-1": {
		UserID: "visitor-1", ExperimentBucketMap: map[string]opttrack.ExperimentBucket{"1": {VariationID: "2"}},
	}}}
	client := newClient(t, opttrack.WithUserProfileService(service))
	if _, err := client.DecideAll(gold); err != nil {
		t.Fatal(err)
	}
	got := service.profiles["visitor-1"].ExperimentBucketMap
	if len(got) != 2 || got["1"].VariationID != "2" || got["3002"].VariationID != "4003" {
		t.Errorf("got %v", got)
	}
	if service.lookups != 1 || service.saves != 1 {
		t.Errorf("%d lookups and %d saves for one call", service.lookups, service.saves)
	}
}

func TestTheServiceIsLeftAlone(t *testing.T) {
	service := &kept{}
	client := newClient(t, opttrack.WithUserProfileService(service))
	_, decide := client.Decide("greeting", gold, opttrack.IgnoreUserProfileService)
	_, forKeys := client.DecideForKeys(nil, gold)
	if err := errors.Join(decide, forKeys, client.Track("signup", gold, nil)); err != nil {
		t.Fatal(err)
	}
	if service.lookups != 0 || service.saves != 0 {
		t.Errorf("%d lookups and %d saves", service.lookups, service.saves)
	}
}

// broken is a service that does only what a test says.
type broken struct{ does func() error }

func (b broken) Lookup(string) (*opttrack.Profile, error) { return &opttrack.Profile{}, b.does() }
func (b broken) Save(opttrack.Profile) error              { return b.does() }

func TestABrokenServiceFailsNoDecision(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	for name, does := range map[string]func() error{
		"failing":   func() error { return errors.New("out of order") },
		"panicking": func() error { panic("out of order") },
		"stuck":     func() error { <-stuck; return nil },
		"garbage":   func() error { return nil },
	} {
		client := newClient(t, opttrack.WithUserProfileService(broken{does}),
			opttrack.WithUserProfileTimeout(100*time.Millisecond))
		if got := variationOf(t, client); got != "green" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestAServiceAndADirectoryContradictEachOther(t *testing.T) {
	_, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithUserProfileService(&kept{}),
		opttrack.WithUserProfileDirectory(t.TempDir()))
	if !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("got %v", err)
	}
}
