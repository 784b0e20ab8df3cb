package opttrack

// The way of every hot call: one buffer in, one crossing, one buffer out; and what Go does around it itself, for the
// library never calls into Go: profiles, predictions and listeners.

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

const (
	usualRequest = 1 << 10 // a request with some ten attributes and tags
	usualAnswer  = 1 << 10 // a decision with some ten variables
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

// question is what a call asks. Fields that the call has no use for are zero.
type question struct {
	call         packed.Call
	options      DecideOption
	key          string
	keys         []string
	variableKey  string
	variableType VariableType
	user         *User
	tags         Tags
	tagPairs     []Pair
	stamp        *stamp // the caller's own, for a conversion
}

// stamp is when an event happened, and its uuid; empty: one is made.
type stamp struct {
	timeMS int64
	uuid   string
}

// write fills the request, but for the predictions at its end.
func (b *buffers) write(q *question, flags packed.Flags, profile string) {
	request := packed.AppendHead(b.request[:0], q.call, flags, uint32(q.options), q.key)
	request = packed.AppendTexts(request, q.keys)
	request = packed.AppendVariable(request, q.variableKey, uint32(q.variableType))
	request = packed.AppendText(request, q.user.ID)
	request = appendValues(request, q.user.Attributes, q.user.Pairs)
	request = appendValues(request, q.tags, q.tagPairs)
	request = packed.AppendSegments(request, q.user.QualifiedSegments)
	request = appendForced(request, q.user.ForcedDecisions)
	if flags&packed.WithProfile != 0 {
		request = packed.AppendText(request, profile)
	}
	b.request = request
}

func appendForced(request []byte, decisions []ForcedDecision) []byte {
	request = packed.AppendCount(request, uint32(len(decisions)))
	for place := range decisions {
		forced := &decisions[place]
		request = packed.AppendText(request, forced.FlagKey)
		request = packed.AppendText(request, forced.RuleKey)
		request = packed.AppendText(request, forced.VariationKey)
	}
	return request
}

// ask makes a call: it looks the profile up, crosses into the library, as often as predictions have to be fetched, tells
// the listeners and saves the profile. Some errors come with an answer. The answer's texts are Go's own.
func (c *Client) ask(q *question) (packed.Answer, error) {
	b := borrow()
	defer b.giveBack()
	flags := c.listeners.flags(q.call)
	profile, looked := c.lookUp(q)
	if looked {
		flags |= packed.WithProfile
	}
	if c.predictor.service != nil && q.call != packed.Track {
		flags |= packed.Predicts
	}
	b.write(q, flags, profile)
	answer, err := c.crossAndPredict(b, q)
	if len(answer) == 0 && err != nil {
		return packed.Answer{}, err
	}
	read, ok := packed.Read(answer)
	if !ok {
		return packed.Answer{}, errorAnswer(err)
	}
	for _, heard := range read.Notifications {
		c.listeners.tell(Notification{Type: NotificationType(heard.Type), Key: heard.Key, Payload: heard.Payload})
	}
	if read.ProfileChanged && looked {
		c.profiles.save(read.Profile)
	}
	return read, err
}

// lookUp asks the host's service for the user's profile, where there is one and the call has use for it. False says that
// the call is made without: as if there were no service.
func (c *Client) lookUp(q *question) (profile string, looked bool) {
	if c.profiles.service == nil || q.call == packed.Track || c.gate.isShut() {
		return "", false
	}
	if c.options(q)&IgnoreUserProfileService != 0 || (q.call == packed.DecideForKeys && len(q.keys) == 0) {
		return "", false
	}
	// A copy, so that the user itself stays on the caller's stack where there is no service.
	return c.profiles.lookUp(strings.Clone(q.user.ID))
}

// options are those that a call goes by; the default ones are for the decide calls alone.
func (c *Client) options(q *question) DecideOption {
	switch q.call {
	case packed.Decide, packed.DecideForKeys, packed.DecideAll:
		return q.options | c.defaults
	}
	return q.options
}

// crossAndPredict makes the call that the buffers hold, and again with predictions while the library asks for some.
func (c *Client) crossAndPredict(b *buffers, q *question) (answer []byte, err error) {
	var fetched predictions
	defer c.predictor.end(&fetched)
	head := len(b.request)
	for {
		b.request = packed.AppendPredictions(b.request[:head], fetched.list)
		answer, err = c.cross(b, q.stamp)
		if err == nil || !isStatus(err, StatusNeedsPrediction) {
			return answer, err
		}
		read, ok := packed.Read(answer)
		if !ok || !fetched.lack(read.Needed) {
			return nil, errorAnswer(nil)
		}
		fresh := c.options(q)&(IgnoreCMABCache|ResetCMABCache|InvalidateUserCMABCache) != 0
		c.predictor.fetch(&fetched, strings.Clone(q.user.ID), read.Needed, !fresh)
	}
}

// cross makes the call that the buffers hold. Some errors come with an answer; it is empty with the others, and valid
// until the buffers are given back or cross again.
func (c *Client) cross(b *buffers, at *stamp) (answer []byte, err error) {
	if len(b.request) > packed.MaxSize {
		return nil, &Error{Status: StatusTooLarge, Message: "the call with its user is larger than 4 GiB"}
	}
	if !c.enter(b.slot) {
		return nil, errorClosed()
	}
	defer c.leave(b.slot)
	for {
		size, failure := c.callOnce(b, at)
		if failure == nil {
			return b.answer[:size], nil
		}
		if size <= len(b.answer) {
			return b.answer[:size], errorOf(failure)
		}
		b.answer = make([]byte, size)
	}
}

// callOnce makes the call that the buffers hold, if there is room for its answer.
func (c *Client) callOnce(b *buffers, at *stamp) (size int, failed *capi.Failure) {
	if at == nil {
		return c.handle.Call(b.request, b.answer)
	}
	return c.handle.TrackAt(b.request, at.timeMS, at.uuid, b.answer)
}

// errorAnswer is for an answer that breaks the form the header describes, with the error that it came with, if any.
func errorAnswer(err error) error {
	if err != nil {
		return err
	}
	return &Error{Status: StatusInternal, Message: "the library's answer can't be read"}
}
