//go:build cgo && (linux || darwin)

package capi

// Where events are kept, and what gives them up.

/*
#include <opttrack.h>

#cgo noescape opt_options_set_journal
#cgo nocallback opt_options_set_journal
#cgo noescape opt_options_set_durability
#cgo nocallback opt_options_set_durability
#cgo noescape opt_options_set_journal_limits
#cgo nocallback opt_options_set_journal_limits
#cgo noescape opt_options_set_max_age_ms
#cgo nocallback opt_options_set_max_age_ms
#cgo noescape opt_options_use_mobile_preset
#cgo nocallback opt_options_use_mobile_preset
#cgo noescape opt_client_set_tracking
#cgo nocallback opt_client_set_tracking
#cgo noescape opt_client_sync
#cgo nocallback opt_client_sync
#cgo noescape opt_client_discard
#cgo nocallback opt_client_discard
#cgo noescape opt_client_purge_visitor
#cgo nocallback opt_client_purge_visitor
*/
import "C"

// SetJournal is opt_options_set_journal.
func (o Options) SetJournal(directory string, kind uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_journal(o.handle, lend(directory), C.uint32_t(kind), &failure), failure)
}

// SetDurability is opt_options_set_durability.
func (o Options) SetDurability(durability uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_durability(o.handle, C.uint32_t(durability), &failure), failure)
}

// SetJournalLimits is opt_options_set_journal_limits.
func (o Options) SetJournalLimits(journalBytes, deadLetterBytes uint64) *Failure {
	var failure *C.opt_error
	status := C.opt_options_set_journal_limits(
		o.handle, C.uint64_t(journalBytes), C.uint64_t(deadLetterBytes), &failure)
	return take(status, failure)
}

// SetMaxAge is opt_options_set_max_age_ms.
func (o Options) SetMaxAge(ms uint64) *Failure {
	var failure *C.opt_error
	return take(C.opt_options_set_max_age_ms(o.handle, C.uint64_t(ms), &failure), failure)
}

// UseMobilePreset is opt_options_use_mobile_preset.
func (o Options) UseMobilePreset() *Failure {
	var failure *C.opt_error
	return take(C.opt_options_use_mobile_preset(o.handle, &failure), failure)
}

// SetTracking is opt_client_set_tracking.
func (c Client) SetTracking(on bool) *Failure {
	var isOn C.uint32_t
	if on {
		isOn = 1
	}
	var failure *C.opt_error
	return take(C.opt_client_set_tracking(c.handle, isOn, &failure), failure)
}

// Sync is opt_client_sync.
func (c Client) Sync(timeoutMS uint32) *Failure {
	var failure *C.opt_error
	return take(C.opt_client_sync(c.handle, C.uint32_t(timeoutMS), &failure), failure)
}

// Discard is opt_client_discard.
func (c Client) Discard() (uint64, *Failure) {
	var count C.uint64_t
	var failure *C.opt_error
	status := C.opt_client_discard(c.handle, &count, &failure)
	return uint64(count), take(status, failure)
}

// PurgeVisitor is opt_client_purge_visitor.
func (c Client) PurgeVisitor(id string) (uint64, *Failure) {
	var count C.uint64_t
	var failure *C.opt_error
	status := C.opt_client_purge_visitor(c.handle, lend(id), &count, &failure)
	return uint64(count), take(status, failure)
}
