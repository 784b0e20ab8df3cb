package opttrack

// Clients that the host drives: it gives the library a goroutine of its own, or makes the requests itself.

import (
	"context"
	"math"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// Never is the time after which [Client.Pump] wants to be called again when there is nothing to do until an event comes.
const Never time.Duration = math.MaxInt64

// requestTurn is how long NextRequest waits in C at a time, and so how late it sees that its context was cancelled.
const requestTurn = 200 * time.Millisecond

// WithHostDriven has the host drive the client, which then starts no thread at all. Events are sent by [Client.Pump], and
// by [Client.Flush], [Client.Shutdown] and [Client.Close].
func WithHostDriven() Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetHostDriven() }}
}

// WithPulledTransport has the host make the requests too, with its own HTTP client: it takes them by [Client.NextRequest]
// and gives the answers by [Client.Complete]. Such a client is host-driven.
func WithPulledTransport() Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetPulledTransport() }}
}

// WithManualClock is for tests: a clock that stands still until [Client.SetClock] sets it, and shows this time (1970 to the
// end of the year 9999). It says when events happened and when something is due; calls that wait go by the system's clock
// all the same. New refuses it for a client that is not host-driven.
func WithManualClock(now time.Time) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetManualClock(now.UnixMilli()) }}
}

// WithIDSeed is for tests: uuids and delays follow from the seed, and are the same for the same calls on one goroutine.
// Never in production: the Events API counts what has the same uuid once.
func WithIDSeed(seed uint64) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetIDSeed(seed) }}
}

// SetClock sets the clock of [WithManualClock]: what it shows, and how much time has passed since the client was made,
// which never goes back. The next call that drives does what has become due.
//
// Errors: [ErrInvalidArgument] (a time out of range; no manual clock), [ErrClosed].
func (c *Client) SetClock(now time.Time, sinceMade time.Duration) error {
	if !c.enter(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.SetClock(now.UnixMilli(), uint64(max(sinceMade.Milliseconds(), 0))))
}

// Pump does what is due for a client that is host-driven ([WithHostDriven]): it posts batches that are full or have waited
// long enough, and what waits for another attempt, one after the other. It takes the budget at most, but for a look-up of
// a name by the system's resolver; a request is given what is left of it, so a budget below the time that an answer takes
// delivers nothing, and one of zero sends nothing. It holds an operating system's thread while it waits.
//
// It returns the time after which to call again: zero if there is more to do now, [Never] if there is nothing to do until
// an event comes. Events may bring it forward: see [Client.WakeDescriptor].
//
// Errors: [ErrClosed], [ErrInvalidArgument] (not host-driven).
func (c *Client) Pump(budget time.Duration) (next time.Duration, err error) {
	if !c.enter(0) {
		return 0, errorClosed()
	}
	defer c.leave(0)
	ms, failure := c.handle.Pump(milliseconds(budget))
	switch {
	case failure != nil:
		return 0, errorOf(failure)
	case ms == math.MaxUint32:
		return Never, nil
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// WakeDescriptor is a file descriptor for poll or epoll, which is readable when [Client.Pump], or [Client.NextRequest] of a
// pulled transport, is to be called. That call makes it unreadable. It is the client's, closed with it: don't read, write
// or close it, and don't hand it to [os.NewFile].
//
// Errors: [ErrInvalidArgument] (not host-driven), [ErrOutOfMemory] (no descriptor can be had), [ErrUnsupported] (the
// platform has no eventfd), [ErrClosed].
func (c *Client) WakeDescriptor() (int, error) {
	if !c.enter(0) {
		return -1, errorClosed()
	}
	defer c.leave(0)
	descriptor, failure := c.handle.WakeDescriptor()
	if failure != nil {
		return -1, errorOf(failure)
	}
	return descriptor, nil
}

// Request is one that the host is to make for the library, of whose memory it holds nothing.
type Request struct {
	ID     uint64 // by which Complete and Fail know it
	Method string // "POST"
	URL    string // http:// or https://
	// Header has the headers to send; an http.Header can be made of it by conversion.
	Header map[string][]string
	Body   []byte // JSON
	// Timeout is how long the request may take from NextRequest on; one that is not completed by then counts as failed.
	Timeout time.Duration
}

// NextRequest takes the next request that is due from a client with [WithPulledTransport], waiting for one until ctx ends.
// No redirect is to be followed. Every request that is taken should be completed ([Client.Complete], [Client.Fail]) within
// its time; at most one to each endpoint is on its way at a time.
//
// It still gives requests while [Client.Shutdown] delivers what waits, and ends with [ErrClosed] once that is done. When
// ctx is cancelled it returns within a fifth of a second with the cause; at its deadline with [ErrTimeout]. Other errors:
// [ErrInvalidArgument] (no pulled transport). It holds an operating system's thread while it waits.
func (c *Client) NextRequest(ctx context.Context) (*Request, error) {
	if !c.enterToTheEnd(0) {
		return nil, errorClosed()
	}
	defer c.leave(0)
	for {
		wait := requestTurn
		if deadline, bounded := ctx.Deadline(); bounded {
			wait = min(wait, time.Until(deadline))
		}
		taken, failure := c.handle.NextRequest(milliseconds(wait))
		if failure == nil {
			return requestOf(&taken), nil
		}
		if Status(failure.Status) != StatusTimeout {
			return nil, errorOf(failure)
		}
		switch ctx.Err() {
		case nil:
		case context.DeadlineExceeded:
			return nil, errorOf(failure)
		default:
			return nil, context.Cause(ctx)
		}
	}
}

func requestOf(taken *capi.Request) *Request {
	request := &Request{
		ID:      taken.ID,
		Method:  taken.Method,
		URL:     taken.URL,
		Header:  make(map[string][]string, len(taken.Headers)),
		Body:    taken.Body,
		Timeout: time.Duration(taken.TimeoutMS) * time.Millisecond,
	}
	for _, header := range taken.Headers {
		request.Header[header.Name] = append(request.Header[header.Name], header.Value)
	}
	return request
}

// Complete gives the answer to a request that [Client.NextRequest] gave: its HTTP status, its headers, such as those of an
// http.Response, and its body. What the answer means is the library's to know: a request that may succeed later comes
// again, no earlier than Retry-After says (read against Date, if it is there). Other headers are passed over.
//
// Errors: [ErrNotFound] (no such request, or it is settled already: completed, or timed out), [ErrInvalidArgument] (a
// status below 100 or above 999; no pulled transport), [ErrClosed].
func (c *Client) Complete(id uint64, status int, header map[string][]string, body []byte) error {
	if status <= 0 {
		return &Error{Status: StatusInvalidArgument, Message: "status: not an HTTP status", Place: "status"}
	}
	var headers []capi.Header
	for name, values := range header {
		for _, value := range values {
			headers = append(headers, capi.Header{Name: name, Value: value})
		}
	}
	return c.settle(id, clamp(int64(status)), headers, body)
}

// Fail says that no whole answer to a request came, and why, for the log. The request comes again later. The errors are
// those of [Client.Complete].
func (c *Client) Fail(id uint64, reason error) error {
	return c.settle(id, 0, nil, []byte(reason.Error()))
}

func (c *Client) settle(id uint64, status uint32, headers []capi.Header, body []byte) error {
	if !c.enterToTheEnd(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.Complete(id, status, headers, body))
}
