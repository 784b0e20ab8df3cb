//go:build cgo && (linux || darwin)

package capi

// A client's life, its books, and the one call that all hot calls go through.

/*
#cgo pkg-config: opttrack
#include <opttrack.h>

#cgo noescape opt_client_new
#cgo nocallback opt_client_new
#cgo noescape opt_client_set_datafile
#cgo nocallback opt_client_set_datafile
#cgo noescape opt_client_flush
#cgo nocallback opt_client_flush
#cgo noescape opt_client_close
#cgo nocallback opt_client_close
#cgo noescape opt_client_free
#cgo nocallback opt_client_free
#cgo noescape opt_client_stats
#cgo nocallback opt_client_stats
#cgo noescape call_packed
#cgo nocallback call_packed
#cgo noescape track_at_packed
#cgo nocallback track_at_packed

typedef struct {
  opt_error *error;
  size_t size;
  opt_status status;
} packed_reply;

// opt_call_packed for the hot path. Go checks the pointers that it hands over, which costs more than this function: so
// the client comes as a number, and what would be out-parameters goes back by value.
static packed_reply call_packed(uintptr_t client, const uint8_t *request, size_t request_size, uint8_t *answer,
                                size_t capacity) {
  packed_reply reply = {NULL, 0, OPT_STATUS_OK};
  reply.status = opt_call_packed((const opt_client *)client, request, request_size, answer, capacity, &reply.size,
                                 &reply.error);
  return reply;
}

// opt_track_at_packed in the same way.
static packed_reply track_at_packed(uintptr_t client, const uint8_t *request, size_t request_size, int64_t time_ms,
                                    const char *uuid, size_t uuid_size, uint8_t *answer, size_t capacity) {
  packed_reply reply = {NULL, 0, OPT_STATUS_OK};
  opt_str text = {uuid, uuid_size};
  reply.status = opt_track_at_packed((const opt_client *)client, request, request_size, time_ms, text, answer, capacity,
                                     &reply.size, &reply.error);
  return reply;
}
*/
import "C"

import "unsafe"

// Client is an opt_client; the zero value is NULL.
type Client struct {
	handle *C.opt_client
}

// NewClient is opt_client_new; it consumes options.
func NewClient(options Options) (Client, *Failure) {
	var client Client
	var failure *C.opt_error
	status := C.opt_client_new(options.handle, &client.handle, &failure)
	return client, take(status, failure)
}

// Free is opt_client_free.
func (c Client) Free() {
	C.opt_client_free(c.handle)
}

// SetDatafile is opt_client_set_datafile.
func (c Client) SetDatafile(datafile []byte) *Failure {
	var failure *C.opt_error
	return take(C.opt_client_set_datafile(c.handle, lendBytes(datafile), &failure), failure)
}

// Flush is opt_client_flush.
func (c Client) Flush(timeoutMS uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_client_flush(c.handle, C.uint32_t(timeoutMS), nil, &failure), failure)
}

// Close is opt_client_close.
func (c Client) Close(timeoutMS uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_client_close(c.handle, C.uint32_t(timeoutMS), nil, &failure), failure)
}

// Call is opt_call_packed: it returns the size of the answer, which may be more than there was room for.
func (c Client) Call(request, answer []byte) (int, *Failure) {
	reply := C.call_packed(
		C.uintptr_t(uintptr(unsafe.Pointer(c.handle))),
		(*C.uint8_t)(unsafe.SliceData(request)), C.size_t(len(request)),
		(*C.uint8_t)(unsafe.SliceData(answer)), C.size_t(len(answer)),
	)
	return replied(reply)
}

// TrackAt is opt_track_at_packed: as [Client.Call], with the caller's time and uuid.
func (c Client) TrackAt(request []byte, timeMS int64, uuid string, answer []byte) (int, *Failure) {
	reply := C.track_at_packed(
		C.uintptr_t(uintptr(unsafe.Pointer(c.handle))),
		(*C.uint8_t)(unsafe.SliceData(request)), C.size_t(len(request)), C.int64_t(timeMS),
		(*C.char)(unsafe.Pointer(unsafe.StringData(uuid))), C.size_t(len(uuid)),
		(*C.uint8_t)(unsafe.SliceData(answer)), C.size_t(len(answer)),
	)
	return replied(reply)
}

// replied is the size of an answer, and the error it came with.
func replied(reply C.packed_reply) (int, *Failure) {
	if reply.status == C.OPT_STATUS_OK {
		return int(reply.size), nil
	}
	return int(reply.size), take(reply.status, reply.error)
}

// Stats is opt_client_stats.
func (c Client) Stats() (Stats, *Failure) {
	var stats C.opt_stats
	var failure *C.opt_error
	status := C.opt_client_stats(c.handle, &stats, C.size_t(unsafe.Sizeof(stats)), &failure)
	return Stats{
		Accepted:            uint64(stats.accepted),
		AcceptedImpressions: uint64(stats.accepted_impressions),
		AcceptedConversions: uint64(stats.accepted_conversions),
		Recovered:           uint64(stats.recovered),
		Delivered:           uint64(stats.delivered),
		Pending:             uint64(stats.pending),
		DeadLettered:        uint64(stats.dead_lettered),
		Dropped:             uint64(stats.dropped),
		RefusedQueueFull:    uint64(stats.refused_queue_full),
		RefusedTooLarge:     uint64(stats.refused_too_large),
		RefusedUnknownEvent: uint64(stats.refused_unknown_event),
		RefusedOther:        uint64(stats.refused_other),
		IgnoredValues:       uint64(stats.ignored_values),
		Posts:               uint64(stats.posts),
		Retries:             uint64(stats.retries),
		LastHTTPStatus:      uint32(stats.last_http_status),
		DeliveryState:       uint32(stats.delivery_state),
		PendingBytes:        uint64(stats.pending_bytes),
		OldestPendingMS:     uint64(stats.oldest_pending_ms),
		IsDurable:           uint32(stats.is_durable),
		Threads:             uint32(stats.threads),

		DroppedCorrupt:         uint64(stats.dropped_corrupt),
		DroppedDiscarded:       uint64(stats.dropped_discarded),
		DroppedPurged:          uint64(stats.dropped_purged),
		DroppedExpired:         uint64(stats.dropped_expired),
		DroppedDeadLetterLimit: uint64(stats.dropped_dead_letter_limit),
		RefusedDisk:            uint64(stats.refused_disk),
		RefusedTrackingOff:     uint64(stats.refused_tracking_off),
		JournalBytes:           uint64(stats.journal_bytes),
		DeadLetterBytes:        uint64(stats.dead_letter_bytes),
		ForeignDirectories:     uint64(stats.foreign_directories),
		JournalKind:            uint32(stats.journal_kind),
		DiskErrno:              uint32(stats.disk_errno),
	}, take(status, failure)
}
