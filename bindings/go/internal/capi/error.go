//go:build cgo && (linux || darwin)

package capi

// Errors and texts on their way out of C, and the versions on both sides.

/*
#include <opttrack.h>

#cgo noescape opt_version
#cgo nocallback opt_version
#cgo noescape opt_status_name
#cgo nocallback opt_status_name
#cgo noescape opt_error_message
#cgo nocallback opt_error_message
#cgo noescape opt_error_place
#cgo nocallback opt_error_place
#cgo noescape opt_error_is_retriable
#cgo nocallback opt_error_is_retriable
#cgo noescape opt_error_free
#cgo nocallback opt_error_free
*/
import "C"

import "unsafe"

// HeaderVersion is OPT_VERSION: that of the header this program was compiled with.
const HeaderVersion = C.OPT_VERSION

// Version is opt_version: that of the library which runs.
func Version() (string, *Failure) {
	return copied(C.opt_version()), nil
}

// StatusName is opt_status_name.
func StatusName(status int32) string {
	return C.GoString(C.opt_status_name(C.int32_t(status)))
}

// take copies an error out of C and frees it; nil for OPT_STATUS_OK.
func take(status C.opt_status, failure *C.opt_error) *Failure {
	if status == C.OPT_STATUS_OK {
		return nil
	}
	taken := &Failure{
		Status:    int32(status),
		Retriable: bool(C.opt_error_is_retriable(failure)),
		Message:   copied(C.opt_error_message(failure)),
		Place:     copied(C.opt_error_place(failure)),
	}
	C.opt_error_free(failure)
	return taken
}

// copied is a text of C's as a string of Go's; none is "".
func copied(text C.opt_str) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text.data)), int(text.len)))
}

// lend lends a text of Go's to C for one call.
func lend(text string) C.opt_str {
	return C.opt_str{data: (*C.char)(unsafe.Pointer(unsafe.StringData(text))), len: C.size_t(len(text))}
}

// lendBytes lends bytes of Go's to C for one call, as a text.
func lendBytes(text []byte) C.opt_str {
	return C.opt_str{data: (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), len: C.size_t(len(text))}
}
