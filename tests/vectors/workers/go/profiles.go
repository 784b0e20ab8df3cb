package main

// The user profile service of a question.

import (
	"sync"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// profiles has a profile for one user, or none, and remembers what it is given to save.
type profiles struct {
	user   string
	stored *opttrack.Profile

	mutex sync.Mutex
	saved *opttrack.Profile
}

func (p *profiles) Lookup(userID string) (*opttrack.Profile, error) {
	if userID != p.user {
		return nil, nil
	}
	return p.stored, nil
}

func (p *profiles) Save(profile opttrack.Profile) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.saved = &profile
	return nil
}

func (p *profiles) last() *opttrack.Profile {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.saved
}
