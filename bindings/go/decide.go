package opttrack

// The calls that decide.

import (
	"fmt"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// Decision is what was decided for a user.
type Decision struct {
	// FlagKey is the flag that was decided; empty for [Client.Activate] and [Client.GetVariation], which speak of
	// experiments.
	FlagKey string
	// RuleKey is the experiment, delivery rule or holdout that decided; empty if no rule did.
	RuleKey string
	// VariationKey is the variation; empty if the user gets none.
	VariationKey string
	// Enabled says whether the variation enables the flag.
	Enabled bool
	// Event says what became of the impression.
	Event EventStatus
}

// EventStatus says what became of the impression of a decision. A decision is right whatever became of it.
type EventStatus uint8

// What can become of an impression. Those refused are counted in [Stats] too.
const (
	EventSuppressed EventStatus = 0 // none was due, or an option suppressed it
	EventAccepted   EventStatus = 1 // accepted; it will be delivered
	EventQueueFull  EventStatus = 2 // refused: the queue is full, or memory or randomness could not be had
	EventClosed     EventStatus = 3 // refused: the client is being closed
	EventTooLarge   EventStatus = 4 // refused: with this user's attributes it is larger than the Events API takes
)

// String is the status in words.
func (s EventStatus) String() string {
	switch s {
	case EventSuppressed:
		return "suppressed"
	case EventAccepted:
		return "accepted"
	case EventQueueFull:
		return "queue full"
	case EventClosed:
		return "closed"
	case EventTooLarge:
		return "too large"
	}
	return fmt.Sprintf("event status %d", uint8(s))
}

// DecideOption changes how [Client.Decide] goes about it.
type DecideOption uint32

// DisableDecisionEvent records no impression.
const DisableDecisionEvent DecideOption = 1

// Activate decides which variation of an experiment the user gets, and records the impression of it. Where there is no
// variation, VariationKey is empty and there is no impression.
//
// Errors: [ErrUnknownExperiment], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) Activate(experimentKey string, user User) (Decision, error) {
	return c.decide(packed.Activate, 0, experimentKey, &user)
}

// GetVariation decides as [Client.Activate] does, and records nothing.
//
// Errors: as Activate.
func (c *Client) GetVariation(experimentKey string, user User) (Decision, error) {
	return c.decide(packed.GetVariation, 0, experimentKey, &user)
}

// Decide decides a flag for the user, and records the impression where one is due.
//
// With [ErrUnknownFlag] and [ErrNotReady] the decision is good as well: no variation, not enabled. Other errors:
// [ErrInvalidArgument] (an option that this version does not know), [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) Decide(flagKey string, user User, options ...DecideOption) (Decision, error) {
	var all DecideOption
	for _, option := range options {
		all |= option
	}
	return c.decide(packed.Decide, all, flagKey, &user)
}

// IsFeatureEnabled says whether the flag is on for the user. It decides as [Client.Decide] does and records the
// impression where one is due; Decide also tells what became of that.
//
// Errors, with which it is false: [ErrUnknownFlag], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) IsFeatureEnabled(flagKey string, user User) (bool, error) {
	decision, err := c.decide(packed.IsFeatureEnabled, 0, flagKey, &user)
	return decision.Enabled && err == nil, err
}

// GetEnabledFeatures gives the keys of all flags that are on for the user, in the datafile's order. It decides each as
// [Client.IsFeatureEnabled] does, all by one datafile, and records the impressions that are due, also of flags that are
// off; those refused are counted in [Stats].
//
// Errors: [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) GetEnabledFeatures(user User) ([]string, error) {
	b := borrow()
	defer b.giveBack()
	b.write(packed.GetEnabledFeatures, 0, "", &user, nil, nil)
	answer, err := c.call(b)
	if err != nil {
		return nil, err
	}
	keys, ok := packed.ReadKeys(answer)
	if !ok {
		return nil, errorAnswer()
	}
	return keys, nil
}

func (c *Client) decide(call packed.Call, options DecideOption, key string, user *User) (Decision, error) {
	b := borrow()
	defer b.giveBack()
	b.write(call, options, key, user, nil, nil)
	answer, err := c.call(b)
	decided, ok := packed.ReadDecision(answer)
	if !ok && err == nil {
		err = errorAnswer()
	}
	return Decision{
		FlagKey:      decided.FlagKey,
		RuleKey:      decided.RuleKey,
		VariationKey: decided.VariationKey,
		Enabled:      decided.Enabled,
		Event:        EventStatus(decided.Event),
	}, err
}

// errorAnswer is for an answer that breaks the form the header describes.
func errorAnswer() error {
	return &Error{Status: StatusInternal, Message: "the library's answer can't be read"}
}
