package opttrack

// The journal: where events wait until they are delivered, and what gives them up.

import (
	"context"
	"fmt"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// JournalKind says how events are kept until they are delivered.
type JournalKind uint32

// The kinds of journals.
const (
	// JournalMemory is what there is without [WithJournal]: what waits is lost with the process.
	JournalMemory JournalKind = 0
	// JournalWritten writes events to the disk by system calls, about a microsecond each.
	JournalWritten JournalKind = 1
	// JournalMapped writes them through memory that is shared with the file, a tenth of that. The host takes a risk: the
	// kernel raises SIGBUS in the thread that tracks, which no Go program survives, if the disk can't give a page back,
	// or if somebody cuts or locks the file. On file systems that copy on write or reach over a network JournalWritten is
	// taken instead; [Stats].Journal says which.
	JournalMapped JournalKind = 2
)

// String is the kind in a word.
func (k JournalKind) String() string {
	switch k {
	case JournalMemory:
		return "memory"
	case JournalWritten:
		return "written"
	case JournalMapped:
		return "mapped"
	}
	return fmt.Sprintf("journal kind %d", uint32(k))
}

// Durability says what a journal survives.
type Durability uint32

// The levels of durability.
const (
	// DurabilityProcess is the default: what was accepted survives the process, however it ends.
	DurabilityProcess Durability = 0
	// DurabilitySystem: it survives a loss of power too, but for the last second, 64 KiB or 100 events, whichever is least.
	// [Client.Sync] asks the disk at once.
	DurabilitySystem Durability = 1
)

// WithJournal keeps events on disk until they are delivered, in this directory, which [New] makes, for this user alone, if
// it is missing; New fails with [ErrDisk] where it can't be used. Any number of clients and processes may share a
// directory: each has one of its own inside it, locked, and what a client that is no more has left is taken over by the
// next one whose events go to the same endpoint. So what was accepted is delivered though the process be killed, by this
// process or a later one.
func WithJournal(directory string, kind JournalKind) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetJournal(directory, uint32(kind)) }}
}

// WithDurability says what the journal survives, default [DurabilityProcess].
func WithDurability(durability Durability) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetDurability(uint32(durability)) }}
}

// WithJournalLimits sets the most bytes that this client's journal takes on the disk (64 KiB to 1 TiB, default 1 GiB) and
// that its dead letters take (up to 1 TiB, default 64 MiB). At the first limit new events are refused with [ErrQueueFull];
// past the second an event that the server refuses is dropped, counted and logged.
func WithJournalLimits(journalBytes, deadLetterBytes uint64) Option {
	return Option{func(b *builder) *capi.Failure { return b.options.SetJournalLimits(journalBytes, deadLetterBytes) }}
}

// WithMaxAge gives events up that are older than this when their turn comes, up to ten years; each is counted, logged and
// notified ([NotifyDrop]). Zero, the default: never.
func WithMaxAge(age time.Duration) Option {
	return Option{func(b *builder) *capi.Failure {
		return b.options.SetMaxAge(uint64(wholeMilliseconds(age))) // one below zero is far out of range
	}}
}

// Sync returns when what was accepted before this call survives a loss of power: it asks the disk to keep the journal,
// and waits for it until ctx ends. When ctx is cancelled, it returns at once with the cause.
//
// Errors: [ErrTimeout] (the deadline of ctx), [ErrDisk] (call again to be sure: what the disk failed to keep is written
// anew), [ErrUnsupported] (no journal on disk), [ErrClosed].
func (c *Client) Sync(ctx context.Context) error {
	return c.waitInTurns(ctx, c.handle.Sync)
}

// Discard gives up everything that waits, as for a user who withdraws consent, and says how many events that were. A batch
// on its way is given up too if its attempt fails, and can't be called back if it does not. Each event is counted as
// dropped, and notified. Dead letters stay; events of other clients in the same directory too.
//
// Errors: [ErrDisk], [ErrClosed].
func (c *Client) Discard() (uint64, error) {
	if !c.enter(0) {
		return 0, errorClosed()
	}
	defer c.leave(0)
	count, failure := c.handle.Discard()
	return count, errorOf(failure)
}

// PurgeVisitor gives up what waits of one visitor, and overwrites it on the disk; it removes the visitor's dead letters,
// those of clients that are no more included. It says how many events and letters that were, and takes as long as reading
// all that waits.
//
// Errors: [ErrDisk], [ErrInvalidUTF8], [ErrClosed].
func (c *Client) PurgeVisitor(visitorID string) (uint64, error) {
	if !c.enter(0) {
		return 0, errorClosed()
	}
	defer c.leave(0)
	count, failure := c.handle.PurgeVisitor(visitorID)
	return count, errorOf(failure)
}
