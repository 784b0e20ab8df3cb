package opttrack

// Making a client, and the datafile it decides by.

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// Client decides and records for one environment of an Optimizely project. Make it with [New], share it between any
// number of goroutines, end it with [Client.Close] or [Client.Shutdown]: nothing else frees what it holds of C's
// memory, and nothing else waits for its events to arrive. After that its methods return [ErrClosed].
//
// The first event starts the client's one delivery thread; without events there is none, nor with [WithHostDriven]. A
// Client must not be copied.
type Client struct {
	handle       capi.Client
	closeTimeout time.Duration
	defaults     DecideOption     // those of WithDecideOptions, which the library adds itself
	queued       NotificationType // what WithNotificationQueue keeps for listeners
	gate         gate
	log          logger
	profiles     profiles
	predictor    predictor
	listeners    listeners

	closed   chan struct{} // closed once the first Close or Shutdown has its answer
	closeErr error         // that answer; written before closed is closed

	mutex sync.Mutex // guards what follows, and the handle's end
	freed bool
	last  Stats // the books when the handle was freed
}

// New makes a client. It parses the datafile on this goroutine (a few milliseconds for a megabyte) and never waits on
// the network.
//
// Errors: [ErrInvalidArgument] (options out of range, each named in the message; no datafile given),
// [ErrInvalidDatafile] (Place is the JSON path, the message says line and column), [ErrInvalidUTF8], [ErrOutOfMemory],
// [ErrDisk] (the directory for the journal or for profiles can't be used), and [ErrUnsupported] (built without cgo, or the
// library that runs is not of the version compiled against).
func New(options ...Option) (*Client, error) {
	version, err := Version()
	if err == nil {
		err = checkVersions(capi.HeaderVersion, version)
	}
	if err != nil {
		return nil, err
	}
	build := newBuilder()
	for _, option := range options {
		if option.apply == nil {
			continue
		}
		if failure := option.apply(&build); failure != nil {
			build.options.Free()
			return nil, errorOf(failure)
		}
	}
	if failure := build.finish(); failure != nil {
		build.options.Free()
		return nil, errorOf(failure)
	}
	handle, failure := capi.NewClient(build.options)
	if failure != nil {
		return nil, errorOf(failure)
	}
	return build.client(handle), nil
}

// Version is that of the library which runs, as "major.minor.patch". It fails with [ErrUnsupported] in a build that has
// none.
func Version() (string, error) {
	version, failure := capi.Version()
	return version, errorOf(failure)
}

// checkVersions refuses a library whose functions may not be those that were compiled against.
func checkVersions(header, library string) error {
	if release(header) == release(library) {
		return nil
	}
	return &Error{
		Status:  StatusNotSupported,
		Message: fmt.Sprintf("compiled against libopttrack %s, but version %s was loaded", header, library),
	}
}

// release is major and minor of "major.minor.patch".
func release(version string) string {
	if last := strings.LastIndexByte(version, '.'); last >= 0 {
		return version[:last]
	}
	return version
}

// SetDatafile puts another datafile in force, for hosts that get theirs by webhook or from a cache. Calls that run keep
// the old one to their end; events already recorded go out with the revision they were made under. A datafile that is
// refused changes nothing. The text is copied as far as needed.
//
// Errors: [ErrInvalidDatafile], [ErrInvalidUTF8], [ErrInvalidArgument], [ErrOutOfMemory], [ErrClosed].
func (c *Client) SetDatafile(datafile []byte) error {
	if !c.enter(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.SetDatafile(datafile))
}
