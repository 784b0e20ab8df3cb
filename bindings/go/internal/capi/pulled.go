//go:build cgo && (linux || darwin)

package capi

// What Go pulls out of the library, for the library never calls it: notifications and the description of the project.

/*
#include <opttrack.h>

#cgo noescape opt_client_next_notification
#cgo nocallback opt_client_next_notification
#cgo noescape opt_notification_read
#cgo nocallback opt_notification_read
#cgo noescape opt_notification_free
#cgo nocallback opt_notification_free
#cgo noescape opt_client_get_optimizely_config
#cgo nocallback opt_client_get_optimizely_config
#cgo noescape opt_config_json
#cgo nocallback opt_config_json
#cgo noescape opt_config_datafile
#cgo nocallback opt_config_datafile
#cgo noescape opt_config_free
#cgo nocallback opt_config_free
*/
import "C"

import "unsafe"

// NextNotification is opt_client_next_notification, and what it gives read and freed.
func (c Client) NextNotification(timeoutMS uint32) (Notification, *Failure) {
	var notification *C.opt_notification
	var failure *C.opt_error
	status := C.opt_client_next_notification(c.handle, C.uint32_t(timeoutMS), &notification, &failure)
	if failed := take(status, failure); failed != nil {
		return Notification{}, failed
	}
	defer C.opt_notification_free(notification)

	var view C.opt_notification_view
	status = C.opt_notification_read(notification, &view, C.size_t(unsafe.Sizeof(view)), &failure)
	return Notification{
		Type:    uint32(view._type),
		Key:     copied(view.key),
		Payload: copied(view.payload),
	}, take(status, failure)
}

// OptimizelyConfig is opt_client_get_optimizely_config, and the two texts of what it gives.
func (c Client) OptimizelyConfig() (text, datafile []byte, failed *Failure) {
	var config *C.opt_config
	var failure *C.opt_error
	status := C.opt_client_get_optimizely_config(c.handle, &config, &failure)
	if failed := take(status, failure); failed != nil {
		return nil, nil, failed
	}
	defer C.opt_config_free(config)
	return copiedBytes(C.opt_config_json(config)), copiedBytes(C.opt_config_datafile(config)), nil
}

// copiedBytes is a text of C's as bytes of Go's.
func copiedBytes(text C.opt_str) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(text.data)), int(text.len))...)
}
