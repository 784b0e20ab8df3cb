package opttrack

// Conversions.

import (
	"time"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// Track counts a conversion of the user for the event eventKey, once for each experiment whose impression this user
// already had. It sends no impression itself, and never waits on the network. tags may be nil.
//
// Nil says that the event was accepted: from then on [Client.Stats] accounts for it. With any error nothing was recorded:
// [ErrUnknownEvent] (the datafile has no such event), [ErrNotReady], [ErrQueueFull], [ErrDisk], [ErrOutOfMemory],
// [ErrTooLarge], [ErrInvalidUTF8], [ErrTrackingOff], [ErrClosed], [ErrInternal].
func (c *Client) Track(eventKey string, user User, tags Tags) error {
	return c.track(eventKey, &user, nil, tags, nil)
}

// TrackPairs is [Client.Track] with tags in the form that costs no map. Of two pairs with one key the last counts.
func (c *Client) TrackPairs(eventKey string, user User, tags ...Pair) error {
	return c.track(eventKey, &user, nil, nil, tags)
}

// TrackAt counts a conversion as [Client.Track] does, that happened at another time (from 1970 to the end of the year
// 9999, carried in milliseconds) or has a uuid of its own: for consumers of queues, and for jobs that are run again, for
// the Events API counts events with the same uuid once. uuid is the canonical text, 8-4-4-4-12 hexadecimal digits in
// either case, which becomes lower case on the wire (the Events API means those of version 4); empty: one is made.
//
// The errors are those of Track, and [ErrInvalidArgument] for a time out of range and for what is no uuid.
func (c *Client) TrackAt(eventKey string, user User, at time.Time, uuid string, tags Tags) error {
	return c.track(eventKey, &user, &stamp{at.UnixMilli(), uuid}, tags, nil)
}

// TrackPairsAt is [Client.TrackAt] with tags in the form that costs no map.
func (c *Client) TrackPairsAt(eventKey string, user User, at time.Time, uuid string, tags ...Pair) error {
	return c.track(eventKey, &user, &stamp{at.UnixMilli(), uuid}, nil, tags)
}

// SetTracking switches the recording of events off, or on again, for a visitor's or an operator's consent. While it is off
// [Client.Track] returns [ErrTrackingOff]; decisions work, and their impressions are [EventSuppressed]. What was recorded
// before is delivered all the same: see [Client.Discard]. The only error is [ErrClosed].
func (c *Client) SetTracking(on bool) error {
	if !c.enter(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.SetTracking(on))
}

func (c *Client) track(eventKey string, user *User, at *stamp, tags Tags, pairs []Pair) error {
	_, err := c.ask(&question{call: packed.Track, key: eventKey, user: user, tags: tags, tagPairs: pairs, stamp: at})
	return err
}
