package opttrack

// Listeners: who is told, on which goroutine, and the pump that fetches what no call of Go's causes.

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// pumpTurn is how long the pump waits in C at a time. A pump whose last listener has gone ends with its turn.
const pumpTurn = time.Second

// listeners are those of one client.
type listeners struct {
	log   *logger
	types atomic.Uint32 // what anybody listens to, summed up for the hot calls
	list  atomic.Pointer[[]*listener]

	mutex   sync.Mutex // guards changes of the above, and what follows
	pumping bool
	pumped  chan struct{} // closed when the pump has ended; nil before the first
}

type listener struct {
	types NotificationType
	tell  func(Notification)
}

// AddListener has a function told of everything of the types (a sum) that happens from now on, and returns what ends
// that. Listeners are told in the order in which they were added; one that panics is logged, and nothing else suffers.
//
// Decisions and conversions are told on the goroutine that made the call, after the impression or the conversion was
// accepted and before the call returns: such a listener costs every call time, and the call allocates. Posts, datafiles and
// losses are told on a goroutine that exists only while somebody listens to them, at most a second longer; what waits in
// the queue of [WithNotificationQueue] when a client is closed is told before [Client.Close] returns.
//
// A listener may be called by several goroutines at once, and may use the client, add and remove listeners; only Close
// and Shutdown would wait for it until their time is over.
//
// Errors: [ErrInvalidArgument] (no function, no type or an unknown one, or one that no call causes and that is not among
// what [WithNotificationQueue] keeps), [ErrClosed].
func (c *Client) AddListener(types NotificationType, tell func(Notification)) (remove func(), err error) {
	if problem := c.unheard(types, tell); problem != "" {
		return nil, &Error{Status: StatusInvalidArgument, Message: problem, Place: "types"}
	}
	if !c.enter(0) {
		return nil, errorClosed()
	}
	defer c.leave(0)
	added := &listener{types, tell}
	c.listeners.mutex.Lock()
	defer c.listeners.mutex.Unlock()
	if types&fromWorker != 0 && !c.listeners.pumping {
		c.startPump()
	}
	c.listeners.change(func(list []*listener) []*listener { return append(list, added) })
	return func() { c.listeners.remove(added) }, nil
}

// unheard says why nobody can listen so; "" if somebody can.
func (c *Client) unheard(types NotificationType, tell func(Notification)) string {
	missing := types & fromWorker &^ c.queued
	switch {
	case tell == nil:
		return "a listener without a function"
	case types == 0 || types&^(fromCalls|fromWorker) != 0:
		return fmt.Sprintf("not a sum of types of notifications: %d", uint32(types))
	case missing != 0:
		return fmt.Sprintf("the client was made without %v in its notification queue", missing)
	}
	return ""
}

func (l *listeners) remove(gone *listener) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.change(func(list []*listener) []*listener {
		return slices.DeleteFunc(list, func(each *listener) bool { return each == gone })
	})
}

// change puts a changed copy of the list in force.
func (l *listeners) change(how func([]*listener) []*listener) {
	list := how(slices.Clone(l.all()))
	types := NotificationType(0)
	for _, each := range list {
		types |= each.types
	}
	l.list.Store(&list)
	l.types.Store(uint32(types))
}

func (l *listeners) all() []*listener {
	if list := l.list.Load(); list != nil {
		return *list
	}
	return nil
}

// heard says that somebody listens to one of the types.
func (l *listeners) heard(types NotificationType) bool {
	return NotificationType(l.types.Load())&types != 0
}

// flags tell the library whether anybody wants to hear what a call causes.
func (l *listeners) flags(call packed.Call) packed.Flags {
	types := NotifyDecision
	if call == packed.Track {
		types = NotifyTrack
	}
	if l.heard(types) {
		return packed.Notify
	}
	return 0
}

// tell tells everybody who listens to that.
func (l *listeners) tell(heard Notification) {
	for _, each := range l.all() {
		if each.types&heard.Type == 0 {
			continue
		}
		_, err := guarded(func() (struct{}, error) {
			each.tell(heard)
			return struct{}{}, nil
		})
		if err != nil {
			l.log.errorf("a listener to %v %v", heard.Type, err)
		}
	}
}

// startPump begins to fetch what the delivery thread has to tell. What waits from before is nobody's any more. The caller
// holds the mutex, and is inside the gate.
func (c *Client) startPump() {
	for {
		if _, failure := c.handle.NextNotification(0); failure != nil {
			break
		}
	}
	c.gate.enter(0) // the caller is inside, so the handle lives; from now on by the pump as well
	c.listeners.pumping = true
	c.listeners.pumped = make(chan struct{})
	go c.pump(c.listeners.pumped)
}

// pump tells what the delivery thread has to tell, while anybody listens, and once the client is closed, what is left.
func (c *Client) pump(ended chan<- struct{}) {
	defer close(ended)
	defer c.leave(0)
	for c.pumpsOn() {
		closed := c.isClosed() // looked at first: what is queued before the end is found after it
		turn := pumpTurn
		if closed {
			turn = 0
		}
		next, failure := c.handle.NextNotification(milliseconds(turn))
		switch {
		case failure == nil:
			c.listeners.tell(Notification{Type: NotificationType(next.Type), Key: next.Key, Payload: next.Payload})
		case closed:
			return
		case Status(failure.Status) != StatusTimeout:
			<-c.closed
		}
	}
}

// pumpsOn says that somebody still listens; otherwise the pump has to end.
func (c *Client) pumpsOn() bool {
	c.listeners.mutex.Lock()
	defer c.listeners.mutex.Unlock()
	if !c.listeners.heard(fromWorker) {
		c.listeners.pumping = false
	}
	return c.listeners.pumping
}

func (c *Client) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// awaitPump waits until listeners have been told what was left at close, or until given up.
func (c *Client) awaitPump(given <-chan struct{}) {
	c.listeners.mutex.Lock()
	pumped := c.listeners.pumped
	c.listeners.mutex.Unlock()
	if pumped == nil {
		return
	}
	select {
	case <-pumped:
	case <-given:
	}
}
