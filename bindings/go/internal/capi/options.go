//go:build cgo && (linux || darwin)

package capi

// The builder that a client is made with.

/*
#include <opttrack.h>

#cgo noescape opt_options_new
#cgo nocallback opt_options_new
#cgo noescape opt_options_free
#cgo nocallback opt_options_free
#cgo noescape opt_options_set_datafile
#cgo nocallback opt_options_set_datafile
#cgo noescape opt_options_set_event_endpoint
#cgo nocallback opt_options_set_event_endpoint
#cgo noescape opt_options_set_batch_size
#cgo nocallback opt_options_set_batch_size
#cgo noescape opt_options_set_flush_interval_ms
#cgo nocallback opt_options_set_flush_interval_ms
#cgo noescape opt_options_set_timeouts_ms
#cgo nocallback opt_options_set_timeouts_ms
#cgo noescape opt_options_set_retry_delays_ms
#cgo nocallback opt_options_set_retry_delays_ms
#cgo noescape opt_options_set_queue_limit
#cgo nocallback opt_options_set_queue_limit
#cgo noescape opt_options_set_client_name
#cgo nocallback opt_options_set_client_name
#cgo noescape opt_options_set_log_level
#cgo nocallback opt_options_set_log_level
*/
import "C"

// Options are an opt_options: filled by the setters, then consumed by [NewClient] or freed.
type Options struct {
	handle *C.opt_options
}

// NewOptions is opt_options_new.
func NewOptions() Options {
	return Options{C.opt_options_new()}
}

// Free is opt_options_free.
func (o Options) Free() {
	C.opt_options_free(o.handle)
}

// SetDatafile is opt_options_set_datafile.
func (o Options) SetDatafile(datafile []byte) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_datafile(o.handle, lendBytes(datafile), &failure), failure)
}

// SetEventEndpoint is opt_options_set_event_endpoint.
func (o Options) SetEventEndpoint(url string) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_event_endpoint(o.handle, lend(url), &failure), failure)
}

// SetBatchSize is opt_options_set_batch_size.
func (o Options) SetBatchSize(events uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_batch_size(o.handle, C.uint32_t(events), &failure), failure)
}

// SetFlushInterval is opt_options_set_flush_interval_ms.
func (o Options) SetFlushInterval(ms uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_flush_interval_ms(o.handle, C.uint32_t(ms), &failure), failure)
}

// SetTimeouts is opt_options_set_timeouts_ms.
func (o Options) SetTimeouts(connectMS, totalMS uint32) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_timeouts_ms(o.handle, C.uint32_t(connectMS), C.uint32_t(totalMS), &failure)
	return take(status, failure)
}

// SetRetryDelays is opt_options_set_retry_delays_ms.
func (o Options) SetRetryDelays(firstMS, longestMS uint32) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_retry_delays_ms(o.handle, C.uint32_t(firstMS), C.uint32_t(longestMS), &failure)
	return take(status, failure)
}

// SetQueueLimit is opt_options_set_queue_limit.
func (o Options) SetQueueLimit(bytes, events uint64) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_queue_limit(o.handle, C.uint64_t(bytes), C.uint64_t(events), &failure)
	return take(status, failure)
}

// SetClientName is opt_options_set_client_name.
func (o Options) SetClientName(name, version string) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_client_name(o.handle, lend(name), lend(version), &failure), failure)
}

// SetLogLevel is opt_options_set_log_level.
func (o Options) SetLogLevel(level uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_log_level(o.handle, C.uint32_t(level), &failure), failure)
}
