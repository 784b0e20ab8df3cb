package opttrack

// What listeners are told.

import (
	"encoding/json"
	"fmt"
	"math/bits"
)

// NotificationType says what a notification tells of. Types add up where several are meant.
type NotificationType uint32

// The types of notifications.
const (
	NotifyDecision     NotificationType = 1 // a decision was made
	NotifyTrack        NotificationType = 2 // a conversion was accepted
	NotifyLogEvent     NotificationType = 4 // a batch of events is about to be posted
	NotifyConfigUpdate NotificationType = 8 // another datafile is in force

	NotifyDeadLetter NotificationType = 16 // the server refused an event for good
	NotifyDrop       NotificationType = 32 // an event was given up for another reason
	NotifyLog        NotificationType = 64 // something was logged, which then does not go to standard error

	fromCalls  = NotifyDecision | NotifyTrack
	fromWorker = NotifyLogEvent | NotifyConfigUpdate | NotifyDeadLetter | NotifyDrop | NotifyLog
)

var notificationNames = [...]string{"decision", "track", "log event", "config update", "dead letter", "drop", "log"}

// String is the type in words.
func (t NotificationType) String() string {
	if bit := bits.TrailingZeros32(uint32(t)); bits.OnesCount32(uint32(t)) == 1 && bit < len(notificationNames) {
		return notificationNames[bit]
	}
	return fmt.Sprintf("notification types %d", uint32(t))
}

// Notification is one thing that a listener is told.
type Notification struct {
	// Type is one type; it says which of the methods below reads the payload.
	Type NotificationType
	// Key is what it is about: the flag or the experiment that was decided, the event that was tracked, the URL that is
	// posted to, the revision of the datafile, or the event key or rule key of what was lost.
	Key string
	// Payload is all of it, as JSON.
	Payload string
}

// DecisionNotification tells of a decision. In its maps a whole number is an int64, any other a float64.
type DecisionNotification struct {
	// Type is what was decided: "flag" for the calls whose names begin with Decide, "ab-test" and "feature-test" for
	// [Client.Activate] and [Client.GetVariation], "feature" for [Client.IsFeatureEnabled] and
	// [Client.GetEnabledFeatures], "feature-variable" and "all-feature-variables" for the getters of variables.
	Type       string         `json:"type"`
	UserID     string         `json:"userId"`
	Attributes map[string]any `json:"attributes"`
	// Info has what Optimizely's SDKs tell of a decision of that type, such as "flagKey", "variationKey", "enabled" and
	// "decisionEventDispatched". What there is none of is nil.
	Info map[string]any `json:"decisionInfo"`
}

// TrackNotification tells of a conversion. In its maps a whole number is an int64, any other a float64.
type TrackNotification struct {
	EventKey   string         `json:"eventKey"`
	UserID     string         `json:"userId"`
	Attributes map[string]any `json:"attributes"`
	EventTags  map[string]any `json:"eventTags"`
}

// LogEventNotification tells of a batch on its way.
type LogEventNotification struct {
	URL      string          `json:"url"`
	HTTPVerb string          `json:"httpVerb"`
	Params   json.RawMessage `json:"params"` // the body of the post
}

// ConfigUpdateNotification tells of another datafile.
type ConfigUpdateNotification struct {
	Revision string `json:"revision"`
}

// LossNotification tells of an accepted event that will not be delivered.
type LossNotification struct {
	UUID       string `json:"uuid"`
	Key        string `json:"key"`        // the event key of a conversion, the rule key of an impression
	Reason     string `json:"reason"`     // in words, for a person
	HTTPStatus int    `json:"httpStatus"` // with which the server refused it; 0 for a drop
}

// LogNotification tells of a message of the library's. What it is not about is empty.
type LogNotification struct {
	Level      LogLevel `json:"level"`
	Message    string   `json:"message"`
	EventKey   string   `json:"eventKey"`
	FlagKey    string   `json:"flagKey"`
	Status     string   `json:"status"`     // of the call that it is about, as the header names it
	HTTPStatus int      `json:"httpStatus"` // of a server's answer
}

// Decision reads a notification of type [NotifyDecision].
func (n Notification) Decision() (DecisionNotification, error) {
	var told DecisionNotification
	err := n.read(NotifyDecision, &told)
	plainMap(told.Attributes)
	plainMap(told.Info)
	return told, err
}

// Track reads a notification of type [NotifyTrack].
func (n Notification) Track() (TrackNotification, error) {
	var told TrackNotification
	err := n.read(NotifyTrack, &told)
	plainMap(told.Attributes)
	plainMap(told.EventTags)
	return told, err
}

// LogEvent reads a notification of type [NotifyLogEvent].
func (n Notification) LogEvent() (LogEventNotification, error) {
	var told LogEventNotification
	err := n.read(NotifyLogEvent, &told)
	return told, err
}

// ConfigUpdate reads a notification of type [NotifyConfigUpdate].
func (n Notification) ConfigUpdate() (ConfigUpdateNotification, error) {
	var told ConfigUpdateNotification
	err := n.read(NotifyConfigUpdate, &told)
	return told, err
}

// Loss reads a notification of type [NotifyDeadLetter] or [NotifyDrop].
func (n Notification) Loss() (LossNotification, error) {
	var told LossNotification
	wanted := NotifyDeadLetter
	if n.Type == NotifyDrop {
		wanted = NotifyDrop
	}
	err := n.read(wanted, &told)
	return told, err
}

// Log reads a notification of type [NotifyLog].
func (n Notification) Log() (LogNotification, error) {
	var told LogNotification
	err := n.read(NotifyLog, &told)
	return told, err
}

// read stores the payload, if it is of that type; otherwise the error is [ErrInvalidArgument].
func (n Notification) read(wanted NotificationType, into any) error {
	if n.Type != wanted {
		return &Error{
			Status:  StatusInvalidArgument,
			Message: fmt.Sprintf("the notification tells of another thing: %v, not %v", n.Type, wanted),
			Place:   "type",
		}
	}
	return unmarshalValues([]byte(n.Payload), into)
}

func plainMap(values map[string]any) {
	for key, value := range values {
		values[key] = plainValue(value)
	}
}
