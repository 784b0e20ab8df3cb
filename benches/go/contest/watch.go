package contest

// The clock of a timed loop: wall time, and the processor time of the thread that runs it.

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

const threadCPUClock = 3 // CLOCK_THREAD_CPUTIME_ID

// Watch measures from Start to Stop, on one operating system thread.
type Watch struct {
	wall time.Time
	cpu  int64
}

// Start binds the goroutine to its thread and starts the clocks.
func Start() Watch {
	runtime.LockOSThread()
	return Watch{cpu: threadCPU(), wall: time.Now()}
}

// Stop fills the times in and lets the thread go.
func (w Watch) Stop(timing *Timing) {
	timing.WallNS += time.Since(w.wall).Nanoseconds()
	timing.CPUNS += threadCPU() - w.cpu
	runtime.UnlockOSThread()
}

func threadCPU() int64 {
	var spent syscall.Timespec
	_, _, failed := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPUClock, uintptr(unsafe.Pointer(&spent)), 0)
	if failed != 0 {
		panic(failed)
	}
	return spent.Nano()
}

func runtimeName() string {
	return "Go " + runtime.Version()[len("go"):]
}
