package opttrack

// The gate: nobody gets in once it is shut, and the last one out is seen.

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestGateTellsWhenTheLastHasLeft(t *testing.T) {
	var gate gate
	if !gate.enter(1) || !gate.enter(2) {
		t.Fatal("an open gate keeps callers out")
	}
	if gate.leave(1) {
		t.Error("an open gate looks for its last caller")
	}
	if !gate.close() || gate.close() {
		t.Error("not exactly the first closes the gate")
	}
	if gate.enter(3) {
		t.Error("a shut gate lets callers in")
	}
	if !gate.leave(3) || gate.empty() {
		t.Error("the caller inside was overlooked")
	}
	if !gate.leave(2) || !gate.empty() {
		t.Error("the last one's leaving was overlooked")
	}
}

func TestNobodyIsInsideAnEmptyShutGate(t *testing.T) {
	for range 200 {
		var gate gate
		var emptied atomic.Bool
		var callers, first sync.WaitGroup
		for slot := range uint32(8) {
			callers.Add(1)
			first.Add(1)
			go func() {
				defer callers.Done()
				gate.enter(slot)
				first.Done()
				for within := true; within; within = gate.enter(slot) {
					if emptied.Load() {
						t.Error("inside, though the gate was found shut and empty")
					}
					gate.leave(slot)
					runtime.Gosched()
				}
				gate.leave(slot)
			}()
		}
		first.Wait()
		gate.close()
		if gate.empty() {
			emptied.Store(true)
		}
		callers.Wait()
		if !gate.empty() {
			t.Fatal("callers are counted that have left")
		}
	}
}
