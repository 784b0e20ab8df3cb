package opttrack

// What a client is made with.

import (
	"math"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// DefaultCloseTimeout is how long [Client.Close] takes at most, unless [WithCloseTimeout] says otherwise.
const DefaultCloseTimeout = 10 * time.Second

// Option sets one thing about the client that [New] makes. Values out of range are reported by New, all of them at once.
type Option struct {
	apply func(*builder) *capi.Failure
}

// builder gathers what the options say.
type builder struct {
	options      capi.Options
	closeTimeout time.Duration
	level        LogLevel
	defaults     DecideOption
	queued       NotificationType
	capacity     int

	profileService   ProfileService
	profileTimeout   time.Duration
	profileDirectory bool
	predictor        Predictor
	cmabTimeout      time.Duration
}

func newBuilder() builder {
	return builder{
		options:        capi.NewOptions(),
		closeTimeout:   DefaultCloseTimeout,
		level:          LogWarning,
		queued:         defaultQueueTypes,
		capacity:       defaultQueueCapacity,
		profileTimeout: DefaultUserProfileTimeout,
		cmabTimeout:    defaultCMABTimeout,
	}
}

// finish tells the library what several options say together, and looks for those that contradict each other.
func (b *builder) finish() *capi.Failure {
	if b.profileService != nil && b.profileDirectory {
		return &capi.Failure{
			Status:  int32(StatusInvalidArgument),
			Message: "both a user profile service and a user profile directory are set, and only one can be used",
			Place:   "user_profile_service",
		}
	}
	if b.queued == 0 {
		return nil
	}
	return b.options.SetNotificationQueue(uint32(b.queued), clamp(int64(b.capacity)))
}

// client makes the client of a handle that was made with the options.
func (b *builder) client(handle capi.Client) *Client {
	client := &Client{
		handle:       handle,
		closeTimeout: b.closeTimeout,
		defaults:     b.defaults,
		queued:       b.queued,
		closed:       make(chan struct{}),
	}
	client.log.level = b.level
	client.profiles.service = b.profileService
	client.profiles.bound.timeout = b.profileTimeout
	client.profiles.log = &client.log
	client.predictor.service = b.predictor
	client.predictor.bound.timeout = b.cmabTimeout
	client.predictor.log = &client.log
	client.listeners.log = &client.log
	return client
}

// WithDatafile gives the datafile to decide by: its JSON text, as the Optimizely CDN serves it. Required. The text is
// copied.
func WithDatafile(datafile []byte) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetDatafile(datafile) }}
}

// WithEventEndpoint says where events are posted: an http:// or https:// URL, such as a collector or a proxy of yours.
// Default: the Events API of the datafile's region.
func WithEventEndpoint(url string) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetEventEndpoint(url) }}
}

// WithBatchSize sets the most events in one post: 1 to 1,000, default 1,000. A batch is sent when it is full, when its
// oldest event has waited for the flush interval, or at flush and close.
func WithBatchSize(events int) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetBatchSize(clamp(int64(events))) }}
}

// WithFlushInterval sets the longest time an event waits for others before its batch is sent: a millisecond to a day,
// default a second.
func WithFlushInterval(interval time.Duration) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetFlushInterval(milliseconds(interval)) }}
}

// WithTimeouts sets the time-outs of a post, each a millisecond to ten minutes: connect for name look-up, connecting and
// TLS together (default 5 s), total for the whole request (default 10 s).
func WithTimeouts(connect, total time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		return b.options.SetTimeouts(milliseconds(connect), milliseconds(total))
	}}
}

// WithRetryDelays sets the delays between attempts of a post that may succeed later: the n-th is random between 0 and the
// smaller of longest and first * 2^n. Each a millisecond to an hour, first at most longest; default 200 ms and a minute.
func WithRetryDelays(first, longest time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		return b.options.SetRetryDelays(milliseconds(first), milliseconds(longest))
	}}
}

// WithMobilePreset takes what suits a phone or another small device: batches of 10 events, sent 30 s after the oldest at
// the latest, and a journal in small files. Options that come after it count.
func WithMobilePreset() Option {
	return Option{func(b *builder) *capi.Failure { return b.options.UseMobilePreset() }}
}

// WithQueueLimit sets how much may wait for delivery: bytes of memory (64 KiB to 1 TiB, default 32 MiB; with a journal
// [WithJournalLimits] says how much of the disk) and events (0, the default: as many as the bytes hold). At the limit new events are refused with [ErrQueueFull]; what was accepted
// stays.
func WithQueueLimit(bytes, events uint64) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetQueueLimit(bytes, events) }}
}

// WithClientName sets the product's own name and version on the wire, for wrappers of this package. Neither may be empty.
// Default: "libopttrack" and the library's version.
func WithClientName(name, version string) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetClientName(name, version) }}
}

// LogLevel is how important a message of the library is.
type LogLevel uint32

// The levels, from nothing to every step.
const (
	LogOff     LogLevel = 0 // nothing
	LogError   LogLevel = 1 // lost configuration, refused events, faults of the library
	LogWarning LogLevel = 2 // what a user of the library can mend
	LogInfo    LogLevel = 3 // start, stop, and changes of state
	LogDebug   LogLevel = 4 // every step
)

// WithLogLevel sets the least important level that is logged, default [LogWarning]. Messages go to standard error.
func WithLogLevel(level LogLevel) Option {
	return Option{func(b *builder) *capi.Failure {
		b.level = level
		return b.options.SetLogLevel(uint32(level))
	}}
}

// WithCloseTimeout sets how long [Client.Close] waits for what is still to be delivered, default [DefaultCloseTimeout].
// Zero or less: not at all.
func WithCloseTimeout(timeout time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		b.closeTimeout = timeout
		return nil
	}}
}

// milliseconds rounds up, so that no positive time becomes 0.
func milliseconds(duration time.Duration) uint32 {
	return clamp(wholeMilliseconds(duration))
}

func wholeMilliseconds(duration time.Duration) int64 {
	whole := duration.Milliseconds()
	if duration > time.Duration(whole)*time.Millisecond {
		whole++
	}
	return whole
}

// clamp fits a number into C's 32 bits. What it cuts was far out of range, and still is afterwards, so that the library
// refuses it.
func clamp(number int64) uint32 {
	return uint32(min(max(number, 0), math.MaxUint32))
}
