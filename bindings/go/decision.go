package opttrack

// Decisions: what was decided, why, and what became of it.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// Decision is what was decided for a user. A decision that could not be made is one as well: it is off, without
// variation and variables, and Status and Reasons say why.
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
	// Variables are the values of the flag's variables for the user.
	Variables Variables
	// Reasons say how it came to the decision; with [IncludeReasons] every step, otherwise only what went wrong.
	Reasons []string
	// Event says what became of the impression.
	Event EventStatus
	// Source is what kind of rule decided.
	Source Source
	// RuleID and VariationID are the ids of RuleKey and VariationKey in the datafile.
	RuleID, VariationID string
	// CMABUUID is what the prediction that decided is known by; empty if none did.
	CMABUUID string
	// Status is [StatusOK], or why the decision could not be made: [StatusUnknownFlag], [StatusNotReady] or
	// [StatusPredictionFailed].
	Status Status
	// ExplainText explains the decision in lines for a person, ExplainJSON for a program; empty without IncludeReasons.
	ExplainText, ExplainJSON string
}

// Err is nil, or an [*Error] that says why the decision could not be made.
func (d Decision) Err() error {
	if d.Status == StatusOK {
		return nil
	}
	message := "the decision could not be made"
	if len(d.Reasons) > 0 {
		message = d.Reasons[0]
	}
	return &Error{Status: d.Status, Retriable: d.Status != StatusUnknownFlag, Message: message}
}

// MarshalJSON gives the decision as Optimizely's SDKs write theirs: flagKey, ruleKey, variationKey, enabled, variables and
// reasons, with null for a key that there is none of.
func (d Decision) MarshalJSON() ([]byte, error) {
	reasons := d.Reasons
	if reasons == nil {
		reasons = []string{}
	}
	return json.Marshal(struct {
		FlagKey      *string   `json:"flagKey"`
		RuleKey      *string   `json:"ruleKey"`
		VariationKey *string   `json:"variationKey"`
		Enabled      bool      `json:"enabled"`
		Variables    Variables `json:"variables"`
		Reasons      []string  `json:"reasons"`
	}{orNull(d.FlagKey), orNull(d.RuleKey), orNull(d.VariationKey), d.Enabled, d.Variables, reasons})
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Decisions are decisions for several flags, in the order of the keys that were asked for, or of the datafile.
type Decisions []Decision

// Find gives the decision for a flag; false if there is none.
func (d Decisions) Find(flagKey string) (Decision, bool) {
	place := slices.IndexFunc(d, func(each Decision) bool { return each.FlagKey == flagKey })
	if place < 0 {
		return Decision{}, false
	}
	return d[place], true
}

// Map gives the decisions by flag key.
func (d Decisions) Map() map[string]Decision {
	byKey := make(map[string]Decision, len(d))
	for _, each := range d {
		byKey[each.FlagKey] = each
	}
	return byKey
}

// Source is what kind of rule decided.
type Source uint8

// The sources of decisions.
const (
	SourceExperiment  Source = 0 // an experiment that was asked for by its own key
	SourceFeatureTest Source = 1 // an experiment of the flag
	SourceRollout     Source = 2 // a delivery rule of the flag, or nothing
	SourceHoldout     Source = 3 // a holdout
)

var sourceNames = [...]string{"experiment", "feature-test", "rollout", "holdout"}

// String is the source as Optimizely writes it.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return fmt.Sprintf("source %d", uint8(s))
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

var eventNames = [...]string{"suppressed", "accepted", "queue full", "closed", "too large"}

// String is the status in words.
func (s EventStatus) String() string {
	if int(s) < len(eventNames) {
		return eventNames[s]
	}
	return fmt.Sprintf("event status %d", uint8(s))
}

// decisionOf is a decision of the library's in the form of this package.
func decisionOf(read packed.Decision) Decision {
	return Decision{
		FlagKey:      read.FlagKey,
		RuleKey:      read.RuleKey,
		VariationKey: read.VariationKey,
		Enabled:      read.Enabled,
		Variables:    Variables{object: read.Variables, holey: slices.ContainsFunc(read.Reasons, isUnreadable)},
		Reasons:      read.Reasons,
		Event:        EventStatus(read.Event),
		Source:       Source(read.Source),
		RuleID:       read.RuleID,
		VariationID:  read.VariationID,
		CMABUUID:     read.CMABUUID,
		Status:       Status(read.Status),
		ExplainText:  read.ExplainText,
		ExplainJSON:  read.ExplainJSON,
	}
}

// isUnreadable knows the reason that stands for a variable whose value is null because it could not be read. It is one of
// the few that all of Optimizely's SDKs word alike.
func isUnreadable(reason string) bool {
	return strings.HasPrefix(reason, "Variable value for key ")
}
