package opttrack

// What a listener reads of a notification.

import (
	"errors"
	"reflect"
	"testing"
)

func TestNotificationsAreReadByType(t *testing.T) {
	decision, err := Notification{Type: NotifyDecision, Payload: `{"type":"flag","userId":"u","attributes":{"age":34,` +
		`"score":0.5},"decisionInfo":{"flagKey":"f","ruleKey":null,"variables":{"n":2},"reasons":["so"]}}`}.Decision()
	if want := (DecisionNotification{
		Type: "flag", UserID: "u", Attributes: map[string]any{"age": int64(34), "score": 0.5},
		Info: map[string]any{
			"flagKey": "f", "ruleKey": nil, "variables": map[string]any{"n": int64(2)}, "reasons": []any{"so"},
		},
	}); err != nil || !reflect.DeepEqual(decision, want) {
		t.Errorf("got %+v, %v", decision, err)
	}
	track, err := Notification{Type: NotifyTrack, Payload: `{"eventKey":"e","userId":"u","attributes":{},` +
		`"eventTags":{"revenue":4200}}`}.Track()
	if want := (TrackNotification{
		EventKey: "e", UserID: "u", Attributes: map[string]any{}, EventTags: map[string]any{"revenue": int64(4200)},
	}); err != nil || !reflect.DeepEqual(track, want) {
		t.Errorf("got %+v, %v", track, err)
	}
	posted, err := Notification{Type: NotifyLogEvent, Payload: `{"url":"x","httpVerb":"POST","params":{"a":1}}`}.LogEvent()
	if err != nil || posted.URL != "x" || posted.HTTPVerb != "POST" || string(posted.Params) != `{"a":1}` {
		t.Errorf("got %+v, %v", posted, err)
	}
	config, err := Notification{Type: NotifyConfigUpdate, Payload: `{"revision":"8"}`}.ConfigUpdate()
	if err != nil || config.Revision != "8" {
		t.Errorf("got %+v, %v", config, err)
	}
}

func TestANotificationOfAnotherTypeIsNotRead(t *testing.T) {
	_, decision := Notification{Type: NotifyTrack, Payload: "{}"}.Decision()
	_, track := Notification{Type: NotifyDecision, Payload: "{}"}.Track()
	_, posted := Notification{Payload: "{}"}.LogEvent()
	_, config := Notification{Type: 15, Payload: "{}"}.ConfigUpdate()
	for _, err := range []error{decision, track, posted, config} {
		if !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("got %v", err)
		}
	}
	if got := NotifyLogEvent.String() + ", " + NotificationType(3).String(); got != "log event, notification types 3" {
		t.Errorf("got %s", got)
	}
}
