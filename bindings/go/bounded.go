package opttrack

// Calls of the host's own code, which may be slow, stuck, or broken.

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// mostLate is how many calls may be running that nobody waits for any more. Past that the host's code counts as stuck, and
// is not called until some of them have returned: so a stuck service holds back few callers, and few goroutines.
const mostLate = 64

// bounded is how long each call of one piece of the host's code is waited for.
type bounded struct {
	timeout time.Duration // zero or less: for ever, on the caller's goroutine
	late    atomic.Int32  // calls that were given up and still run
}

// within makes a call and waits for it as long as the bound says. A panic becomes an error.
func within[T any](b *bounded, call func() (T, error)) (T, error) {
	if b.timeout <= 0 {
		return guarded(call)
	}
	var zero T
	if late := b.late.Load(); late >= mostLate {
		return zero, fmt.Errorf("not called, for %d earlier calls have not returned", late)
	}
	type outcome struct {
		value T
		err   error
	}
	answer := make(chan outcome, 1)
	var settled atomic.Bool // by whoever comes first: the call's end or the bound's
	go func() {
		result := outcome{err: errors.New("ended its goroutine")}
		defer func() {
			answer <- result
			if !settled.CompareAndSwap(false, true) {
				b.late.Add(-1)
			}
		}()
		result.value, result.err = guarded(call)
	}()
	timer := time.NewTimer(b.timeout)
	defer timer.Stop()
	select {
	case result := <-answer:
		return result.value, result.err
	case <-timer.C:
	}
	if settled.CompareAndSwap(false, true) {
		b.late.Add(1)
		return zero, fmt.Errorf("took longer than %v", b.timeout)
	}
	result := <-answer
	return result.value, result.err
}

// guarded makes a call whose panic becomes an error.
func guarded[T any](call func() (T, error)) (result T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panicked: %v", value)
		}
	}()
	return call()
}
