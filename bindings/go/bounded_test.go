package opttrack

// The host's own code: whatever it does, its caller goes on in time.

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestWithinGivesWhatTheCallGives(t *testing.T) {
	reason := errors.New("no")
	for _, timeout := range []time.Duration{0, time.Hour} {
		bound := bounded{timeout: timeout}
		if got, err := within(&bound, func() (int, error) { return 7, nil }); got != 7 || err != nil {
			t.Errorf("%v: got %d, %v", timeout, got, err)
		}
		if got, err := within(&bound, func() (int, error) { return 0, reason }); got != 0 || err != reason {
			t.Errorf("%v: got %d, %v", timeout, got, err)
		}
		_, err := within(&bound, func() (int, error) { panic("at the disco") })
		if err == nil || !strings.Contains(err.Error(), "panicked: at the disco") {
			t.Errorf("%v: got %v", timeout, err)
		}
	}
}

func TestACallThatEndsItsGoroutineIsAnError(t *testing.T) {
	bound := bounded{timeout: time.Hour}
	_, err := within(&bound, func() (int, error) {
		runtime.Goexit()
		return 7, nil
	})
	if err == nil {
		t.Error("no error")
	}
}

func TestSlowCallsAreGivenUpAndStuckOnesNotMade(t *testing.T) {
	bound := bounded{timeout: time.Millisecond}
	release := make(chan struct{})
	stuck := func() (int, error) {
		<-release
		return 7, nil
	}
	for call := range mostLate {
		if got, err := within(&bound, stuck); got != 0 || err == nil || !strings.Contains(err.Error(), "longer than") {
			t.Fatalf("call %d: got %d, %v", call, got, err)
		}
	}
	if _, err := within(&bound, stuck); err == nil || !strings.Contains(err.Error(), "not called") {
		t.Errorf("got %v", err)
	}
	close(release)
	for bound.late.Load() != 0 {
		runtime.Gosched()
	}
	bound.timeout = time.Hour
	if got, err := within(&bound, stuck); got != 7 || err != nil {
		t.Errorf("once they have returned: got %d, %v", got, err)
	}
}
