// Package capi is the raw layer under package opttrack: the functions of opttrack.h in Go's types, and the only place
// that imports "C". It has no ideas of its own; what a function promises stands in the header.
//
// Whatever comes out of C is copied before a function returns, so no caller ever holds C's memory but in a [Client] and
// in [Options]. No function lets C call back into Go; that is what makes nocallback true for each of them.
//
// Without cgo, or where the library has not been ported to, the same functions exist and fail with not supported.
package capi

// Failure is what an opt_error held: why a call did not return OPT_STATUS_OK.
type Failure struct {
	Status    int32
	Retriable bool
	Message   string
	Place     string
}

// Stats are the fields of opt_stats.
type Stats struct {
	Accepted, AcceptedImpressions, AcceptedConversions, Recovered        uint64
	Delivered, Pending, DeadLettered, Dropped                            uint64
	RefusedQueueFull, RefusedTooLarge, RefusedUnknownEvent, RefusedOther uint64
	IgnoredValues, Posts, Retries                                        uint64
	LastHTTPStatus, DeliveryState                                        uint32
	PendingBytes, OldestPendingMS                                        uint64
	IsDurable, Threads                                                   uint32
	DroppedCorrupt, DroppedDiscarded, DroppedPurged, DroppedExpired      uint64
	DroppedDeadLetterLimit, RefusedDisk, RefusedTrackingOff              uint64
	JournalBytes, DeadLetterBytes, ForeignDirectories                    uint64
	JournalKind, DiskErrno                                               uint32
}

// Header are the fields of opt_header.
type Header struct {
	Name, Value string
}

// Request are the fields of opt_request_view.
type Request struct {
	ID          uint64
	Method, URL string
	Headers     []Header
	Body        []byte
	TimeoutMS   uint64
}

// Notification are the fields of opt_notification_view.
type Notification struct {
	Type         uint32
	Key, Payload string
}
