package opttrack

// What a user profile service is asked and given, and what becomes of one that misbehaves.

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// scripted is a service that does what a test says.
type scripted struct {
	lookup func(string) (*Profile, error)
	save   func(Profile) error
}

func (s scripted) Lookup(userID string) (*Profile, error) { return s.lookup(userID) }
func (s scripted) Save(profile Profile) error             { return s.save(profile) }

func TestProfilesGoBothWaysAsJSON(t *testing.T) {
	const text = `{"user_id":"ü","experiment_bucket_map":{"3001":{"variation_id":"4001"}}}`
	stored := Profile{UserID: "ü", ExperimentBucketMap: map[string]ExperimentBucket{"3001": {"4001"}}}
	var saved Profile
	profiles := profiles{log: &logger{}, service: scripted{
		func(userID string) (*Profile, error) {
			if userID != "ü" {
				return nil, nil
			}
			return &stored, nil
		},
		func(profile Profile) error {
			saved = profile
			return nil
		},
	}}
	if got, looked := profiles.lookUp("ü"); got != text || !looked {
		t.Errorf("got %s, %v", got, looked)
	}
	if got, looked := profiles.lookUp("somebody else"); got != "" || !looked {
		t.Errorf("got %s, %v", got, looked)
	}
	if profiles.save(text); !reflect.DeepEqual(saved, stored) {
		t.Errorf("saved %+v", saved)
	}
}

func TestAServiceThatMisbehavesIsLogged(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	for want, does := range map[string]func() error{
		"out of order":           func() error { return errors.New("out of order") },
		"panicked: at the disco": func() error { panic("at the disco") },
		"took longer than 1ms":   func() error { <-stuck; return nil },
	} {
		profiles := profiles{
			bound: bounded{timeout: time.Millisecond}, log: &logger{level: LogError},
			service: scripted{
				func(string) (*Profile, error) { return &Profile{UserID: "visitor-1"}, does() },
				func(Profile) error { return does() },
			},
		}
		if !strings.HasPrefix(want, "took") {
			profiles.bound.timeout = 0
		}
		written := standardError(t, func() {
			if got, looked := profiles.lookUp("visitor-1"); got != "" || looked {
				t.Errorf("%s: got %s, %v", want, got, looked)
			}
			profiles.save("{}")
			profiles.save("{")
		})
		lines := strings.SplitAfter(written, "\n")
		if len(lines) != 4 || !strings.Contains(lines[0], want) || !strings.Contains(lines[1], want) ||
			!strings.Contains(lines[2], "JSON") || strings.Contains(written, "visitor-1") {
			t.Errorf("%s: logged %q", want, written)
		}
	}
}

func TestTheServiceIsAskedOnlyWhereAProfileIsOfUse(t *testing.T) {
	asked := 0
	client := &Client{}
	client.profiles.service = scripted{lookup: func(string) (*Profile, error) { asked++; return nil, nil }}
	for _, test := range []struct {
		question question
		defaults DecideOption
		want     int
	}{
		{question{call: packed.Decide}, 0, 1},
		{question{call: packed.DecideAll, options: IncludeReasons}, ExcludeVariables, 1},
		{question{call: packed.DecideForKeys, keys: []string{"a"}}, 0, 1},
		{question{call: packed.Activate}, IgnoreUserProfileService, 1},
		{question{call: packed.GetFeatureVariable}, 0, 1},
		{question{call: packed.DecideForKeys}, 0, 0},
		{question{call: packed.Decide, options: IgnoreUserProfileService}, 0, 0},
		{question{call: packed.DecideAll}, IgnoreUserProfileService, 0},
		{question{call: packed.Track}, 0, 0},
	} {
		asked = 0
		client.defaults = test.defaults
		test.question.user = &User{ID: "u"}
		if _, looked := client.lookUp(&test.question); asked != test.want || looked != (test.want == 1) {
			t.Errorf("%s: asked %d times, looked up %v", fmt.Sprint(test.question.call, test.defaults), asked, looked)
		}
	}
	client.gate.close()
	asked = 0
	if _, looked := client.lookUp(&question{call: packed.Decide, user: &User{}}); asked != 0 || looked {
		t.Error("a closed client asks the service")
	}
}
