package opttrack

// Who is told, in which order, and who is not.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// silentClient has no library behind it, which listeners to calls have no need of.
func silentClient() *Client {
	client := &Client{}
	client.log.level = LogError
	client.listeners.log = &client.log
	return client
}

func mustListen(t *testing.T, client *Client, types NotificationType, tell func(Notification)) (remove func()) {
	t.Helper()
	remove, err := client.AddListener(types, tell)
	if err != nil {
		t.Fatal(err)
	}
	return remove
}

func TestListenersAreToldInTheirOrder(t *testing.T) {
	client := silentClient()
	var heard []string
	hear := func(name string) func(Notification) {
		return func(told Notification) { heard = append(heard, fmt.Sprint(name, " ", told.Key)) }
	}
	if client.listeners.flags(packed.Decide) != 0 || client.listeners.flags(packed.Track) != 0 {
		t.Error("the library has to tell though nobody listens")
	}
	removeFirst := mustListen(t, client, NotifyDecision, hear("first"))
	removeSecond := mustListen(t, client, NotifyDecision|NotifyTrack, hear("second"))
	removeFirst()
	removeThird := mustListen(t, client, NotifyDecision, hear("third"))
	client.listeners.tell(Notification{Type: NotifyDecision, Key: "flag"})
	client.listeners.tell(Notification{Type: NotifyTrack, Key: "event"})
	if want := []string{"second flag", "third flag", "second event"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
	removeSecond()
	removeSecond()
	if client.listeners.flags(packed.Decide) != packed.Notify || client.listeners.flags(packed.Track) != 0 {
		t.Error("the library does not tell exactly what is listened to")
	}
	removeThird()
	if client.listeners.flags(packed.GetVariation) != 0 {
		t.Error("the library has to tell though nobody listens any more")
	}
}

func TestAListenerMayChangeTheListeners(t *testing.T) {
	client := silentClient()
	heard := 0
	var remove func()
	remove = mustListen(t, client, NotifyTrack, func(Notification) {
		remove()
		mustListen(t, client, NotifyTrack, func(Notification) { heard++ })
	})
	client.listeners.tell(Notification{Type: NotifyTrack})
	if heard != 0 {
		t.Error("a listener was told of what happened before it")
	}
	if client.listeners.tell(Notification{Type: NotifyTrack}); heard != 1 {
		t.Errorf("heard %d times", heard)
	}
}

func TestAListenerThatPanicsIsLogged(t *testing.T) {
	client := silentClient()
	heard := 0
	mustListen(t, client, NotifyDecision, func(Notification) { panic("at the disco") })
	mustListen(t, client, NotifyDecision, func(Notification) { heard++ })
	written := standardError(t, func() { client.listeners.tell(Notification{Type: NotifyDecision}) })
	if heard != 1 || !strings.Contains(written, "a listener to decision panicked: at the disco") {
		t.Errorf("the next one heard %d times; logged %q", heard, written)
	}
}

func TestWhoCanNotListen(t *testing.T) {
	client := silentClient()
	client.queued = NotifyConfigUpdate
	nothing := func(Notification) {}
	for name, refused := range map[string]error{
		"no function":      second(client.AddListener(NotifyDecision, nil)),
		"no type":          second(client.AddListener(0, nothing)),
		"an unknown type":  second(client.AddListener(NotifyDecision|16, nothing)),
		"log events":       second(client.AddListener(NotifyDecision|NotifyLogEvent, nothing)),
		"types beyond all": second(client.AddListener(1<<31, nothing)),
	} {
		if !errors.Is(refused, ErrInvalidArgument) {
			t.Errorf("%s: got %v", name, refused)
		}
	}
	if len(client.listeners.all()) != 0 {
		t.Error("somebody listens")
	}
}
