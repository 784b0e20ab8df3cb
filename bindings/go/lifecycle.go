package opttrack

// Flush, Shutdown and Close: waiting in the library with a deadline, and giving back what a client holds.

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// turn is how long the library is told to flush or sync at a time, where the context has no deadline to tell it. Every turn tries
// at once what waits for a retry, so it is as long as the longest delay between retries.
const turn = time.Minute

// forever is how long the library is told to close at most: the longest it can be told, 49 days. A close ends delivery
// for good, so it can't be told in turns.
const forever = math.MaxUint32 * time.Millisecond

// Flush sends what was accepted before this call, without waiting for batches to fill, and waits for the server's
// answers. Batches that wait before a retry are tried at once, unless the server itself named the time. What is not
// delivered when ctx ends stays queued and is sent later; the client stays usable.
//
// Flush returns at the deadline of ctx, 50 ms past it at the latest, with [ErrTimeout] and a message that says how many
// events are left; when ctx is cancelled, at once with its cause. Other errors: [ErrClosed].
func (c *Client) Flush(ctx context.Context) error {
	return c.waitInTurns(ctx, c.handle.Flush)
}

// Shutdown closes the client: it refuses further events, sends what waits, and returns when all of it has been delivered
// or ctx ends. Either way the client is done for. Events that are left then stay in the journal for the next client of its
// directory; without [WithJournal] they are lost, so choose the deadline accordingly. [Client.Stats] keeps telling how many
// they were.
//
// Shutdown returns at the deadline of ctx, 50 ms past it at the latest, with [ErrTimeout] and a message that says how many
// events are left. When ctx is cancelled before, it returns at once with the cause, and delivery goes on in the
// background until the deadline, or until all of it is delivered where there is none.
//
// It may be called at any time, also while other goroutines use the client: their calls return [ErrClosed] from then on.
// Whoever comes second waits for the first, and gets its answer.
func (c *Client) Shutdown(ctx context.Context) error {
	if c.closed == nil {
		return &Error{Status: StatusInvalidArgument, Place: "client", Message: "client: was not made by New"}
	}
	c.gate.enter(0)
	if !c.gate.close() {
		c.leave(0)
		return c.awaitClosed(ctx)
	}
	done := make(chan error, 1)
	go func() {
		err := errorOf(c.handle.Close(timeLeft(ctx, forever)))
		c.leave(0)
		c.closeErr = err
		close(c.closed)
		done <- err
	}()
	err := await(ctx, done)
	c.awaitPump(ctx.Done())
	return err
}

// awaitClosed gives the answer of the first Shutdown, if it comes before ctx ends.
func (c *Client) awaitClosed(ctx context.Context) error {
	select {
	case <-c.closed:
		return c.closeErr
	case <-ctx.Done():
	}
	select {
	case <-c.closed:
		return c.closeErr
	default:
		return ended(ctx)
	}
}

// Close is [Client.Shutdown] with the deadline of [WithCloseTimeout].
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.closeTimeout)
	defer cancel()
	return c.Shutdown(ctx)
}

// enter lets a call in, which ends with leave; false says that the client is closed.
func (c *Client) enter(slot uint32) bool {
	if c.gate.enter(slot) {
		return true
	}
	c.leave(slot)
	return false
}

// enterToTheEnd lets a call in as enter does, and also while a Shutdown waits for what it needs of such calls.
func (c *Client) enterToTheEnd(slot uint32) bool {
	if c.gate.enter(slot) {
		return true
	}
	c.mutex.Lock() // whoever frees the handle has looked at the count under it
	freed := c.freed
	c.mutex.Unlock()
	if freed {
		c.leave(slot)
	}
	return !freed
}

// leave ends a call. Once the client is closed, the last to leave frees the handle, so that nobody has to wait for
// whoever is still inside.
func (c *Client) leave(slot uint32) {
	if c.gate.leave(slot) {
		c.freeIfEmpty()
	}
}

func (c *Client) freeIfEmpty() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.freed || !c.gate.empty() {
		return
	}
	c.last = statsOf(c.handle)
	c.handle.Free()
	c.freed = true
}

// waitInTurns makes a call that waits in C until what it waits for is done, or ctx ends.
func (c *Client) waitInTurns(ctx context.Context, wait func(timeoutMS uint32) *capi.Failure) error {
	if !c.enter(0) {
		return errorClosed()
	}
	done := make(chan error, 1)
	go func() {
		defer c.leave(0)
		_, bounded := ctx.Deadline()
		for {
			failure := wait(timeLeft(ctx, turn))
			if bounded || failure == nil || Status(failure.Status) != StatusTimeout || ctx.Err() != nil {
				done <- errorOf(failure)
				return
			}
		}
	}()
	return await(ctx, done)
}

// timeLeft is the time in milliseconds until the deadline of ctx, or otherwise if it has none; 0 once ctx has ended.
func timeLeft(ctx context.Context, otherwise time.Duration) uint32 {
	if ctx.Err() != nil {
		return 0
	}
	if deadline, bounded := ctx.Deadline(); bounded {
		return milliseconds(time.Until(deadline))
	}
	return milliseconds(otherwise)
}

// await waits for the answer of a call that runs in C. The call keeps to the deadline itself, and knows what is left at it;
// it is left behind for a cancellation only.
func await(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return <-answer
		}
		return ended(ctx)
	}
}

// ended is the error of a wait that ctx cut short.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Status: StatusTimeout, Retriable: true, Message: "another Close or Shutdown is still at work"}
	}
	return context.Cause(ctx)
}
