package opttrack

// The way of every hot call: one buffer in, one crossing, one buffer out.

import (
	"sync"
	"sync/atomic"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

const (
	usualRequest = 1 << 10 // a request with some ten attributes and tags
	usualAnswer  = 512     // a decision with three keys
	mostKept     = 64 << 10
)

// buffers hold the request and the answer of one call. They are pooled, so a call allocates neither.
type buffers struct {
	request, answer []byte
	slot            uint32 // where their calls count in a client's gate
}

var (
	pool      = sync.Pool{New: func() any { return newBuffers() }}
	slotsUsed atomic.Uint32
)

func newBuffers() *buffers {
	return &buffers{
		request: make([]byte, 0, usualRequest),
		answer:  make([]byte, usualAnswer),
		slot:    slotsUsed.Add(1) % gateSlots,
	}
}

func borrow() *buffers {
	return pool.Get().(*buffers)
}

// giveBack returns the buffers to the pool, unless one huge call has blown them up.
func (b *buffers) giveBack() {
	if cap(b.request) <= mostKept && cap(b.answer) <= mostKept {
		pool.Put(b)
	}
}

// write fills the request.
func (b *buffers) write(call packed.Call, options DecideOption, key string, user *User, tags Tags, tagPairs []Pair) {
	request := packed.AppendHead(b.request[:0], call, uint32(options), key, user.ID)
	request = appendValues(request, user.Attributes, user.Pairs)
	request = appendValues(request, tags, tagPairs)
	b.request = packed.AppendSegments(request, user.QualifiedSegments)
}

// call makes the call that the buffers hold. Some errors come with an answer; it is empty with the others, and valid
// until the buffers are given back.
func (c *Client) call(b *buffers) (answer []byte, err error) {
	if len(b.request) > packed.MaxSize {
		return nil, &Error{Status: StatusTooLarge, Message: "user and tags together are larger than 4 GiB"}
	}
	if !c.enter(b.slot) {
		return nil, errorClosed()
	}
	defer c.leave(b.slot)
	for {
		size, failure := c.handle.Call(b.request, b.answer)
		if failure == nil {
			return b.answer[:size], nil
		}
		if size <= len(b.answer) {
			return b.answer[:size], errorOf(failure)
		}
		b.answer = make([]byte, size)
	}
}
