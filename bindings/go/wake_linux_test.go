//go:build cgo

package opttrack_test

// The wake descriptor under epoll, and the threads of a client that the host drives.

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// libraryThreads is how many threads of this process the library has started.
func libraryThreads(t *testing.T) int {
	t.Helper()
	names, err := filepath.Glob("/proc/self/task/*/comm")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err == nil && strings.HasPrefix(string(text), "opttrack") {
			count++
		}
	}
	return count
}

func awaitLibraryThreads(t *testing.T, count int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); libraryThreads(t) != count; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d threads of the library's, not %d", libraryThreads(t), count)
		}
	}
}

func TestTheWakeDescriptorTellsWhenToPump(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithHostDriven(), opttrack.WithFlushInterval(time.Hour))
	descriptor, err := client.WakeDescriptor()
	if err != nil {
		t.Fatal(err)
	}
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(poll)
	event := syscall.EpollEvent{Events: syscall.EPOLLIN}
	if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, descriptor, &event); err != nil {
		t.Fatal(err)
	}
	isReadable := func() bool {
		t.Helper()
		ready, err := syscall.EpollWait(poll, make([]syscall.EpollEvent, 1), 0)
		if err != nil {
			t.Fatal(err)
		}
		return ready == 1
	}
	if isReadable() {
		t.Error("readable before anything happened")
	}
	track(t, client, 1)
	if !isReadable() {
		t.Error("not readable after the first event")
	}
	if _, err := client.Pump(0); err != nil || isReadable() {
		t.Errorf("readable after Pump, %v", err)
	}
}

func TestNoThreadIsStartedForAClientThatTheHostDrives(t *testing.T) {
	server := startCollector(t)
	awaitLibraryThreads(t, 0) // those of clients of earlier tests are on their way out
	driven := server.newClient(t, opttrack.WithHostDriven(), opttrack.WithBatchSize(5))
	track(t, driven, 10)
	if _, err := driven.Pump(time.Minute); err != nil || driven.Stats().Delivered != 10 {
		t.Errorf("got %v, books %+v", err, driven.Stats())
	}
	if threads := libraryThreads(t); threads != 0 || driven.Stats().Threads != 0 {
		t.Errorf("%d threads", threads)
	}
	threaded := server.newClient(t)
	track(t, threaded, 1)
	awaitLibraryThreads(t, 1) // or the look is blind; a thread names itself
}
