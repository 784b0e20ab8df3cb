//go:build cgo && (linux || darwin)

package capi

// Forced variations, the calls that have no packed form.

/*
#include <opttrack.h>

#cgo noescape opt_client_set_forced_variation
#cgo nocallback opt_client_set_forced_variation
#cgo noescape opt_client_remove_forced_variation
#cgo nocallback opt_client_remove_forced_variation
#cgo noescape opt_client_get_forced_variation
#cgo nocallback opt_client_get_forced_variation
#cgo noescape opt_decision_read
#cgo nocallback opt_decision_read
#cgo noescape opt_decision_free
#cgo nocallback opt_decision_free
*/
import "C"

import "unsafe"

// SetForcedVariation is opt_client_set_forced_variation.
func (c Client) SetForcedVariation(experimentKey, userID, variationKey string) *Failure {
	var failure *C.opt_error
	status := C.opt_client_set_forced_variation(
		c.handle, lend(experimentKey), lend(userID), lend(variationKey), &failure)
	return take(status, failure)
}

// RemoveForcedVariation is opt_client_remove_forced_variation.
func (c Client) RemoveForcedVariation(experimentKey, userID string) *Failure {
	var failure *C.opt_error
	status := C.opt_client_remove_forced_variation(c.handle, lend(experimentKey), lend(userID), &failure)
	return take(status, failure)
}

// ForcedVariation is opt_client_get_forced_variation, and the variation key of the decision that it gives.
func (c Client) ForcedVariation(experimentKey, userID string) (string, *Failure) {
	var decision *C.opt_decision
	var failure *C.opt_error
	status := C.opt_client_get_forced_variation(c.handle, lend(experimentKey), lend(userID), &decision, &failure)
	if failed := take(status, failure); failed != nil {
		return "", failed
	}
	defer C.opt_decision_free(decision)

	var view C.opt_decision_view
	status = C.opt_decision_read(decision, &view, C.size_t(unsafe.Sizeof(view)), &failure)
	return copied(view.variation_key), take(status, failure)
}
