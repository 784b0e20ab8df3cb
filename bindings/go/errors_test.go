package opttrack

// Errors: what errors.Is and errors.As find in them, and the statuses of the header.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

func TestSentinelsAreFoundByStatus(t *testing.T) {
	sentinels := map[Status]error{
		StatusInvalidArgument: ErrInvalidArgument, StatusInvalidUTF8: ErrInvalidUTF8,
		StatusInvalidDatafile: ErrInvalidDatafile, StatusNotReady: ErrNotReady, StatusClosed: ErrClosed,
		StatusUnknownEvent: ErrUnknownEvent, StatusUnknownExperiment: ErrUnknownExperiment,
		StatusUnknownFlag: ErrUnknownFlag, StatusNotFound: ErrNotFound, StatusTooLarge: ErrTooLarge,
		StatusQueueFull: ErrQueueFull, StatusDisk: ErrDisk, StatusOutOfMemory: ErrOutOfMemory, StatusTimeout: ErrTimeout,
		StatusNotSupported: ErrUnsupported, StatusInternal: ErrInternal, StatusUnknownVariable: ErrUnknownVariable,
		StatusWrongType: ErrWrongType, StatusBadValue: ErrBadValue, StatusPartial: ErrPartial,
		StatusPredictionFailed: ErrPredictionFailed,
	}
	for status := range sentinels {
		err := fmt.Errorf("wrapped: %w", &Error{Status: status})
		for other, sentinel := range sentinels {
			if got := errors.Is(err, sentinel); got != (other == status) {
				t.Errorf("%v is %v: %v", status, sentinel, got)
			}
		}
	}
}

func TestErrorsOfTheStandardLibraryAreFound(t *testing.T) {
	if !errors.Is(&Error{Status: StatusTimeout}, context.DeadlineExceeded) {
		t.Error("a time-out is no context.DeadlineExceeded")
	}
	if !errors.Is(&Error{Status: StatusNotSupported}, errors.ErrUnsupported) {
		t.Error("not supported is no errors.ErrUnsupported")
	}
	for _, target := range []error{context.DeadlineExceeded, errors.ErrUnsupported, context.Canceled, nil} {
		if errors.Is(&Error{Status: StatusQueueFull}, target) {
			t.Errorf("queue full is %v", target)
		}
	}
}

func TestAFailureKeepsAllItSays(t *testing.T) {
	err := errorOf(&capi.Failure{Status: 15, Retriable: true, Message: "the queue holds 3 events", Place: "queue"})
	want := Error{Status: StatusQueueFull, Retriable: true, Message: "the queue holds 3 events", Place: "queue"}
	if got, ok := err.(*Error); !ok || *got != want {
		t.Errorf("got %+v", err)
	}
	if got := err.Error(); got != "opttrack: QUEUE_FULL: the queue holds 3 events" {
		t.Errorf("got %q", got)
	}
	if errorOf(nil) != nil {
		t.Error("no failure is an error")
	}
}

func TestStatusThatThisVersionDoesNotKnow(t *testing.T) {
	for status, want := range map[Status]string{-1: "STATUS_-1", 999: "STATUS_999", 22: "NEEDS_PREDICTION"} {
		if got := status.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestALibraryOfAnotherReleaseIsRefused(t *testing.T) {
	for library, fits := range map[string]bool{
		"1.2.3": true, "1.2.0": true, "1.3.3": false, "2.2.3": false, "1.20.3": false, "": false,
	} {
		err := checkVersions("1.2.3", library)
		if fits != (err == nil) {
			t.Errorf("%q: %v", library, err)
		}
		if err != nil && !(errors.Is(err, ErrUnsupported) && strings.Contains(err.Error(), "1.2.3") &&
			strings.Contains(err.Error(), library)) {
			t.Errorf("%q: %v", library, err)
		}
	}
}
