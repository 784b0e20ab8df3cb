package opttrack

// Who is inside: counts the calls in flight, and shuts once.

import "sync/atomic"

// gateSlots is how many counters a gate has. Goroutines that run side by side count on different ones, for two that share
// a counter slow each other by more than the count costs.
const gateSlots = 16

// gate lets calls in until it is shut, and tells when the last one has left. The zero gate is open.
//
// A call first counts itself and then looks whether the gate is shut; whoever shuts it does so first and then looks at
// the counts. One of the two sees the other, so a call that got in is seen until it leaves.
type gate struct {
	shut  atomic.Bool
	_     [cacheLine]byte
	slots [gateSlots]struct {
		inside atomic.Int64
		_      [cacheLine - 8]byte
	}
}

const cacheLine = 64

// enter counts a call in; false says that the gate is shut, and the call must leave all the same.
func (g *gate) enter(slot uint32) bool {
	g.slots[slot].inside.Add(1)
	return !g.isShut()
}

// leave counts a call out; true says that it may have been the last one ever.
func (g *gate) leave(slot uint32) bool {
	g.slots[slot].inside.Add(-1)
	return g.isShut()
}

// close shuts the gate; true for whoever was first.
func (g *gate) close() bool {
	return g.shut.CompareAndSwap(false, true)
}

// isShut says that no call gets in any more.
func (g *gate) isShut() bool {
	return g.shut.Load()
}

// empty says, of a gate that is shut, that nobody is inside. A call that finds it shut counts for a moment; it looks
// again when it leaves.
func (g *gate) empty() bool {
	for slot := range g.slots {
		if g.slots[slot].inside.Load() != 0 {
			return false
		}
	}
	return true
}
