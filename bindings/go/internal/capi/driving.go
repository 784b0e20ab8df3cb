//go:build cgo && (linux || darwin)

package capi

// Clients that the host drives, and requests that it makes itself.

/*
#include <opttrack.h>

#cgo noescape opt_options_set_host_driven
#cgo nocallback opt_options_set_host_driven
#cgo noescape opt_options_set_pulled_transport
#cgo nocallback opt_options_set_pulled_transport
#cgo noescape opt_options_set_manual_clock
#cgo nocallback opt_options_set_manual_clock
#cgo noescape opt_options_set_id_seed
#cgo nocallback opt_options_set_id_seed
#cgo noescape opt_client_set_clock
#cgo nocallback opt_client_set_clock
#cgo noescape opt_client_pump
#cgo nocallback opt_client_pump
#cgo noescape opt_client_wake_descriptor
#cgo nocallback opt_client_wake_descriptor
#cgo noescape opt_client_next_request
#cgo nocallback opt_client_next_request
#cgo noescape opt_request_read
#cgo nocallback opt_request_read
#cgo noescape opt_request_free
#cgo nocallback opt_request_free
#cgo noescape opt_client_complete
#cgo nocallback opt_client_complete
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// SetHostDriven is opt_options_set_host_driven.
func (o Options) SetHostDriven() *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_host_driven(o.handle, 1, &failure), failure)
}

// SetPulledTransport is opt_options_set_pulled_transport.
func (o Options) SetPulledTransport() *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_pulled_transport(o.handle, 1, &failure), failure)
}

// SetManualClock is opt_options_set_manual_clock.
func (o Options) SetManualClock(wallMS int64) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_manual_clock(o.handle, C.int64_t(wallMS), &failure), failure)
}

// SetIDSeed is opt_options_set_id_seed.
func (o Options) SetIDSeed(seed uint64) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_id_seed(o.handle, C.uint64_t(seed), &failure), failure)
}

// SetClock is opt_client_set_clock.
func (c Client) SetClock(wallMS int64, monotonicMS uint64) *Failure {
	var failure *C.opt_error
	return take(C.opt_client_set_clock(c.handle, C.int64_t(wallMS), C.uint64_t(monotonicMS), &failure), failure)
}

// Pump is opt_client_pump.
func (c Client) Pump(budgetMS uint32) (nextMS uint32, failed *Failure) {
	var next C.uint32_t
	var failure *C.opt_error
	status := C.opt_client_pump(c.handle, C.uint32_t(budgetMS), &next, &failure)
	return uint32(next), take(status, failure)
}

// WakeDescriptor is opt_client_wake_descriptor.
func (c Client) WakeDescriptor() (int, *Failure) {
	var descriptor C.int
	var failure *C.opt_error
	status := C.opt_client_wake_descriptor(c.handle, &descriptor, &failure)
	return int(descriptor), take(status, failure)
}

// NextRequest is opt_client_next_request, and what it gives read and freed.
func (c Client) NextRequest(timeoutMS uint32) (Request, *Failure) {
	var request *C.opt_request
	var failure *C.opt_error
	status := C.opt_client_next_request(c.handle, C.uint32_t(timeoutMS), &request, &failure)
	if failed := take(status, failure); failed != nil {
		return Request{}, failed
	}
	defer C.opt_request_free(request)

	var view C.opt_request_view
	status = C.opt_request_read(request, &view, C.size_t(unsafe.Sizeof(view)), &failure)
	read := Request{
		ID:        uint64(view.id),
		Method:    copied(view.method),
		URL:       copied(view.url),
		Body:      copiedBytes(view.body),
		TimeoutMS: uint64(view.timeout_ms),
	}
	for _, header := range unsafe.Slice(view.headers, int(view.header_count)) {
		read.Headers = append(read.Headers, Header{copied(header.name), copied(header.value)})
	}
	return read, take(status, failure)
}

// Complete is opt_client_complete.
func (c Client) Complete(id uint64, httpStatus uint32, headers []Header, body []byte) *Failure {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	lent := make([]C.opt_header, len(headers))
	for place, header := range headers {
		lent[place] = C.opt_header{name: lend(header.Name), value: lend(header.Value)}
		pinner.Pin(unsafe.StringData(header.Name))
		pinner.Pin(unsafe.StringData(header.Value))
	}
	var failure *C.opt_error
	status := C.opt_client_complete(
		c.handle, C.uint64_t(id), C.uint32_t(httpStatus), unsafe.SliceData(lent), C.size_t(len(lent)), lendBytes(body),
		&failure)
	return take(status, failure)
}
