package opttrack

// Conversions.

import "github.com/libopttrack/libopttrack/bindings/go/internal/packed"

// Track counts a conversion of the user for the event eventKey, once for each experiment whose impression this user
// already had. It sends no impression itself, and never waits on the network. tags may be nil.
//
// Nil says that the event was accepted: from then on [Client.Stats] accounts for it. With any error nothing was recorded:
// [ErrUnknownEvent] (the datafile has no such event), [ErrNotReady], [ErrQueueFull], [ErrOutOfMemory], [ErrTooLarge],
// [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) Track(eventKey string, user User, tags Tags) error {
	return c.track(eventKey, &user, tags, nil)
}

// TrackPairs is [Client.Track] with tags in the form that costs no map. Of two pairs with one key the last counts.
func (c *Client) TrackPairs(eventKey string, user User, tags ...Pair) error {
	return c.track(eventKey, &user, nil, tags)
}

func (c *Client) track(eventKey string, user *User, tags Tags, pairs []Pair) error {
	_, err := c.ask(&question{call: packed.Track, key: eventKey, user: user, tags: tags, tagPairs: pairs})
	return err
}
