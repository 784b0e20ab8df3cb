package opttrack

// User profile services: where visitors' variations are kept.

import (
	"encoding/json"
	"time"
)

// ProfileService keeps profiles of visitors, so that a visitor stays in a variation once bucketed into it, when traffic
// allocation or attributes change as well. [WithUserProfileService] gives one to a client.
//
// Every call that decides looks the user's profile up once at its start, and saves it at its end if a variation was
// added. Both happen on the caller's time: [WithUserProfileTimeout] bounds it. A service that fails, panics or is too
// slow never fails a decision: the decision is made without a profile, nothing is saved, and the error is logged, so it
// should not name the visitor.
//
// The methods are called by any number of goroutines at once. They may use the client.
type ProfileService interface {
	// Lookup gives what is stored for a user id; nil if nothing is.
	Lookup(userID string) (*Profile, error)
	// Save stores a profile in place of the one of the same user. It has all that Lookup gave, and what was added.
	Save(profile Profile) error
}

// Profile is which variations a visitor was bucketed into. As JSON it has the form that all of Optimizely's SDKs share.
type Profile struct {
	UserID string `json:"user_id"`
	// ExperimentBucketMap has the visitor's variations by id of the experiment.
	ExperimentBucketMap map[string]ExperimentBucket `json:"experiment_bucket_map"`
}

// ExperimentBucket is the variation of one experiment that a visitor was bucketed into.
type ExperimentBucket struct {
	VariationID string `json:"variation_id"`
}

// DefaultUserProfileTimeout is how long each call of a [ProfileService] is waited for, unless [WithUserProfileTimeout]
// says otherwise.
const DefaultUserProfileTimeout = time.Second

// profiles calls the host's service, if there is one.
type profiles struct {
	service ProfileService
	bound   bounded
	log     *logger
}

// lookUp gives a user's profile as JSON, "" if nothing is stored; false if the service did not say.
func (p *profiles) lookUp(userID string) (profile string, looked bool) {
	stored, err := within(&p.bound, func() (*Profile, error) { return p.service.Lookup(userID) })
	if err != nil {
		p.log.errorf("the user profile service could not look a profile up, so decisions are made without: %v", err)
		return "", false
	}
	if stored == nil {
		return "", true
	}
	text, err := json.Marshal(stored)
	if err != nil {
		p.log.errorf("the user profile service gave a profile that JSON can't hold: %v", err)
		return "", false
	}
	return string(text), true
}

// save hands a profile, as JSON of the library's, to the service.
func (p *profiles) save(text string) {
	_, err := within(&p.bound, func() (struct{}, error) {
		var profile Profile
		if err := json.Unmarshal([]byte(text), &profile); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.service.Save(profile)
	})
	if err != nil {
		p.log.errorf("the user profile service could not save a profile: %v", err)
	}
}
