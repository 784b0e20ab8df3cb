//go:build cgo && (linux || darwin)

package capi

// What the builder takes beside the datafile. Callbacks it takes from C only.

/*
#include <opttrack.h>

#cgo noescape opt_options_set_default_decide_options
#cgo nocallback opt_options_set_default_decide_options
#cgo noescape opt_options_set_user_profile_directory
#cgo nocallback opt_options_set_user_profile_directory
#cgo noescape opt_options_set_cmab_endpoint
#cgo nocallback opt_options_set_cmab_endpoint
#cgo noescape opt_options_set_cmab_timeout_ms
#cgo nocallback opt_options_set_cmab_timeout_ms
#cgo noescape opt_options_set_cmab_cache
#cgo nocallback opt_options_set_cmab_cache
#cgo noescape opt_options_set_notification_queue
#cgo nocallback opt_options_set_notification_queue
*/
import "C"

// SetDefaultDecideOptions is opt_options_set_default_decide_options.
func (o Options) SetDefaultDecideOptions(options uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_default_decide_options(o.handle, C.uint32_t(options), &failure), failure)
}

// SetUserProfileDirectory is opt_options_set_user_profile_directory.
func (o Options) SetUserProfileDirectory(path string) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_user_profile_directory(o.handle, lend(path), &failure), failure)
}

// SetCMABEndpoint is opt_options_set_cmab_endpoint.
func (o Options) SetCMABEndpoint(urlTemplate string) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_cmab_endpoint(o.handle, lend(urlTemplate), &failure), failure)
}

// SetCMABTimeout is opt_options_set_cmab_timeout_ms.
func (o Options) SetCMABTimeout(ms uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_cmab_timeout_ms(o.handle, C.uint32_t(ms), &failure), failure)
}

// SetCMABCache is opt_options_set_cmab_cache.
func (o Options) SetCMABCache(entries, lifetimeMS uint32) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_cmab_cache(o.handle, C.uint32_t(entries), C.uint32_t(lifetimeMS), &failure)
	return take(status, failure)
}

// SetNotificationQueue is opt_options_set_notification_queue.
func (o Options) SetNotificationQueue(types, capacity uint32) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_notification_queue(o.handle, C.uint32_t(types), C.uint32_t(capacity), &failure)
	return take(status, failure)
}
