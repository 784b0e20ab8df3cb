package opttrack

// A client's books.

import (
	"fmt"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
)

// Stats are the books of a client, from its making on. At any instant
// Accepted + Recovered == Delivered + Pending + DeadLettered + Dropped.
type Stats struct {
	Accepted            uint64 // events accepted: calls of Track that returned nil, and decisions with EventAccepted
	AcceptedImpressions uint64 // of those, impressions
	AcceptedConversions uint64 // of those, conversions
	Recovered           uint64 // events taken over from earlier clients of the journal's directory

	Delivered    uint64 // events that the server has taken (answered 2xx)
	Pending      uint64 // events that wait or are on their way
	DeadLettered uint64 // events that the server refused one by one; each was logged
	Dropped      uint64 // events dropped for another reason: the sum of the Dropped… below

	DroppedCorrupt         uint64 // their records were damaged on the disk; the bytes were put aside
	DroppedDiscarded       uint64 // by Discard
	DroppedPurged          uint64 // by PurgeVisitor
	DroppedExpired         uint64 // older than WithMaxAge allows
	DroppedDeadLetterLimit uint64 // refused by the server while the file of dead letters was full

	RefusedQueueFull    uint64 // events refused because the queue was full; never accepted
	RefusedTooLarge     uint64 // events refused because each alone was larger than the Events API takes
	RefusedUnknownEvent uint64 // conversions refused for an event key that the datafile lacks
	RefusedDisk         uint64 // events refused because the disk failed; never accepted
	RefusedTrackingOff  uint64 // events refused while tracking was off; never accepted
	RefusedOther        uint64 // events refused for any other reason: closed, not ready, no memory, no randomness
	IgnoredValues       uint64 // attributes and tags left out of accepted events, for the Events API can't take them

	Posts          uint64        // posts sent, repeats included
	Retries        uint64        // posts that will be or were repeated after a failure
	LastHTTPStatus int           // HTTP status of the last answer; 0 before the first, and after a post without one
	Delivery       DeliveryState // the worst state over all endpoints

	PendingBytes  uint64        // bytes of the records of waiting events
	OldestPending time.Duration // time since the oldest waiting event was recorded; 0 if none waits
	Durable       bool          // whether waiting events survive the process
	Threads       int           // threads that the library runs for this client: 0 or 1

	Journal            JournalKind // how events are kept
	JournalBytes       uint64      // bytes that the journal takes: of the disk, or of memory
	DeadLetterBytes    uint64      // bytes of this client's dead letters on the disk
	ForeignDirectories uint64      // directories of earlier clients left alone: another endpoint or format
	DiskErrno          int         // the system's number of the disk's last error, a syscall.Errno; 0 while it works
}

// DeliveryState says how delivery is going.
type DeliveryState uint32

// The states of delivery.
const (
	DeliveryOK       DeliveryState = 0 // nothing waits, or what waits is sent as it comes
	DeliveryRetrying DeliveryState = 1 // the last post failed in a way that may pass; the next attempt is timed
	DeliveryHeld     DeliveryState = 2 // the server refuses what only a person can mend; attempts are a minute apart
)

// String is the state in a word.
func (s DeliveryState) String() string {
	switch s {
	case DeliveryOK:
		return "ok"
	case DeliveryRetrying:
		return "retrying"
	case DeliveryHeld:
		return "held"
	}
	return fmt.Sprintf("delivery state %d", uint32(s))
}

// Stats are the client's books at this instant; after [Client.Close] and [Client.Shutdown], those it was closed with.
func (c *Client) Stats() Stats {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.freed {
		return c.last
	}
	return statsOf(c.handle)
}

// statsOf reads the books of a live client, for which opt_client_stats has no error to give.
func statsOf(handle capi.Client) Stats {
	read, _ := handle.Stats()
	return Stats{
		Accepted:            read.Accepted,
		AcceptedImpressions: read.AcceptedImpressions,
		AcceptedConversions: read.AcceptedConversions,
		Recovered:           read.Recovered,
		Delivered:           read.Delivered,
		Pending:             read.Pending,
		DeadLettered:        read.DeadLettered,
		Dropped:             read.Dropped,
		RefusedQueueFull:    read.RefusedQueueFull,
		RefusedTooLarge:     read.RefusedTooLarge,
		RefusedUnknownEvent: read.RefusedUnknownEvent,
		RefusedOther:        read.RefusedOther,
		IgnoredValues:       read.IgnoredValues,
		Posts:               read.Posts,
		Retries:             read.Retries,
		LastHTTPStatus:      int(read.LastHTTPStatus),
		Delivery:            DeliveryState(read.DeliveryState),
		PendingBytes:        read.PendingBytes,
		OldestPending:       time.Duration(read.OldestPendingMS) * time.Millisecond,
		Durable:             read.IsDurable != 0,
		Threads:             int(read.Threads),

		DroppedCorrupt:         read.DroppedCorrupt,
		DroppedDiscarded:       read.DroppedDiscarded,
		DroppedPurged:          read.DroppedPurged,
		DroppedExpired:         read.DroppedExpired,
		DroppedDeadLetterLimit: read.DroppedDeadLetterLimit,
		RefusedDisk:            read.RefusedDisk,
		RefusedTrackingOff:     read.RefusedTrackingOff,
		Journal:                JournalKind(read.JournalKind),
		JournalBytes:           read.JournalBytes,
		DeadLetterBytes:        read.DeadLetterBytes,
		ForeignDirectories:     read.ForeignDirectories,
		DiskErrno:              int(read.DiskErrno),
	}
}
