package opttrack

// What went wrong: statuses, the error type, and the sentinels for errors.Is.

import (
	"context"
	"errors"
	"fmt"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// Status says what kind of error it is. Numbered once and for ever; treat a number you do not know as a failure.
type Status int32

// The statuses of the library.
const (
	StatusOK                Status = 0  // done
	StatusInvalidArgument   Status = 1  // an argument or an option is missing, out of range or contradictory
	StatusInvalidUTF8       Status = 2  // a text is not UTF-8
	StatusInvalidDatafile   Status = 3  // the datafile is not JSON, has a wrong type or an unsupported version
	StatusNotReady          Status = 4  // the client has no datafile yet
	StatusClosed            Status = 5  // the client was closed
	StatusUnknownEvent      Status = 6  // the datafile has no event with this key; nothing was recorded
	StatusUnknownExperiment Status = 7  // the datafile has no experiment with this key
	StatusUnknownFlag       Status = 8  // the datafile has no flag with this key
	StatusUnknownVariable   Status = 9  // the flag has no variable with this key
	StatusNotFound          Status = 10 // what was asked for is not there
	StatusWrongType         Status = 11 // a variable has another type than the getter asks for
	StatusBadValue          Status = 12 // a variable's text can't be read as its type
	StatusPartial           Status = 13 // some of what was asked for could be given, some not
	StatusTooLarge          Status = 14 // the event alone is larger than the Events API takes (3.5 MB)
	StatusQueueFull         Status = 15 // the queue is at its limit; nothing was recorded
	StatusDisk              Status = 16 // the disk refused what was to be kept on it
	StatusOutOfMemory       Status = 17 // memory could not be had; nothing was recorded
	StatusTimeout           Status = 18 // the deadline passed before everything was delivered
	StatusNotSupported      Status = 19 // this build or this platform can't do what was asked for
	StatusInternal          Status = 20 // a fault of the library itself, caught at its boundary
	StatusPredictionFailed  Status = 21 // a contextual bandit's prediction could not be had
	StatusNeedsPrediction   Status = 22 // between the library and this package: it comes with no error of this package's
	StatusTrackingOff       Status = 23 // tracking was switched off; nothing was recorded
	StatusNetwork           Status = 24 // a server gave no answer, can't be trusted, or refused what it was asked for
)

var statusNames = [...]string{
	StatusOK:                "OK",
	StatusInvalidArgument:   "INVALID_ARGUMENT",
	StatusInvalidUTF8:       "INVALID_UTF8",
	StatusInvalidDatafile:   "INVALID_DATAFILE",
	StatusNotReady:          "NOT_READY",
	StatusClosed:            "CLOSED",
	StatusUnknownEvent:      "UNKNOWN_EVENT",
	StatusUnknownExperiment: "UNKNOWN_EXPERIMENT",
	StatusUnknownFlag:       "UNKNOWN_FLAG",
	StatusUnknownVariable:   "UNKNOWN_VARIABLE",
	StatusNotFound:          "NOT_FOUND",
	StatusWrongType:         "WRONG_TYPE",
	StatusBadValue:          "BAD_VALUE",
	StatusPartial:           "PARTIAL",
	StatusTooLarge:          "TOO_LARGE",
	StatusQueueFull:         "QUEUE_FULL",
	StatusDisk:              "DISK",
	StatusOutOfMemory:       "OUT_OF_MEMORY",
	StatusTimeout:           "TIMEOUT",
	StatusNotSupported:      "NOT_SUPPORTED",
	StatusInternal:          "INTERNAL",
	StatusPredictionFailed:  "PREDICTION_FAILED",
	StatusNeedsPrediction:   "NEEDS_PREDICTION",
	StatusTrackingOff:       "TRACKING_OFF",
	StatusNetwork:           "NETWORK",
}

// String is the status as the library's header names it, without OPT_STATUS_.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return fmt.Sprintf("STATUS_%d", int32(s))
	}
	return statusNames[s]
}

// What [errors.Is] finds in the errors of this package, each standing for the status of its name.
var (
	ErrInvalidArgument   error = sentinel(StatusInvalidArgument)
	ErrInvalidUTF8       error = sentinel(StatusInvalidUTF8)
	ErrInvalidDatafile   error = sentinel(StatusInvalidDatafile)
	ErrNotReady          error = sentinel(StatusNotReady)
	ErrClosed            error = sentinel(StatusClosed)
	ErrUnknownEvent      error = sentinel(StatusUnknownEvent)
	ErrUnknownExperiment error = sentinel(StatusUnknownExperiment)
	ErrUnknownFlag       error = sentinel(StatusUnknownFlag)
	ErrUnknownVariable   error = sentinel(StatusUnknownVariable)
	ErrNotFound          error = sentinel(StatusNotFound)
	ErrWrongType         error = sentinel(StatusWrongType)
	ErrBadValue          error = sentinel(StatusBadValue)
	ErrPartial           error = sentinel(StatusPartial)
	ErrTooLarge          error = sentinel(StatusTooLarge)
	ErrQueueFull         error = sentinel(StatusQueueFull)
	ErrDisk              error = sentinel(StatusDisk)
	ErrOutOfMemory       error = sentinel(StatusOutOfMemory)
	ErrTimeout           error = sentinel(StatusTimeout)
	ErrUnsupported       error = sentinel(StatusNotSupported)
	ErrInternal          error = sentinel(StatusInternal)
	ErrPredictionFailed  error = sentinel(StatusPredictionFailed)
	ErrTrackingOff       error = sentinel(StatusTrackingOff)
	ErrNetwork           error = sentinel(StatusNetwork)
)

// sentinel is a status to compare with.
type sentinel Status

func (s sentinel) Error() string {
	return "opttrack: " + Status(s).String()
}

// Error is what a call of this package failed with. It is a value of Go's alone and may be kept and shared.
type Error struct {
	// Status is the kind of error; [errors.Is] compares it with the Err… variables.
	Status Status
	// Retriable says that the same call may succeed later: the queue is full, say, or a deadline passed.
	Retriable bool
	// Message is one line for a log: what was wrong, where, what was expected. It holds no visitor ids and no
	// attribute values.
	Message string
	// Place is the argument, the option or the datafile's JSON path that the message speaks of; empty if there is none.
	Place string
}

// Error is the status and the message.
func (e *Error) Error() string {
	return "opttrack: " + e.Status.String() + ": " + e.Message
}

// Is makes [errors.Is] true for the Err… variable of the status, for [context.DeadlineExceeded] if the status is
// [StatusTimeout], and for [errors.ErrUnsupported] if it is [StatusNotSupported].
func (e *Error) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.Status == StatusTimeout
	case errors.ErrUnsupported:
		return e.Status == StatusNotSupported
	}
	status, ok := target.(sentinel)
	return ok && Status(status) == e.Status
}

// errorOf makes an error of what the raw layer reports, nil of nil.
func errorOf(failure *capi.Failure) error {
	if failure == nil {
		return nil
	}
	return &Error{
		Status:    Status(failure.Status),
		Retriable: failure.Retriable,
		Message:   failure.Message,
		Place:     failure.Place,
	}
}

// isStatus says that an error of this package has that status.
func isStatus(err error, status Status) bool {
	failure, ok := err.(*Error)
	return ok && failure.Status == status
}

func errorClosed() error {
	return &Error{Status: StatusClosed, Message: "the client was closed"}
}
