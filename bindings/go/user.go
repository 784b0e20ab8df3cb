package opttrack

// Users, and the values of attributes and tags.

import (
	"math"

	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// User is a visitor: what decisions are made for and events are recorded of. A plain value, cheap to make for each
// request; calls read it and keep nothing of it.
type User struct {
	// ID is what the visitor is bucketed by and counted as. It may be empty, but the Events API needs one: events of an
	// empty id are logged with a warning.
	ID string
	// Attributes say what is known of the visitor. The reserved attribute "$opt_bucketing_id", a string, is what the user
	// is bucketed by instead of the id.
	Attributes Attributes
	// Pairs are attributes as well, in the form that costs no map. Of an attribute that stands in both, Pairs counts.
	Pairs []Pair
	// QualifiedSegments are the segments that the user qualifies for, as the audience match "qualified" reads them. Nil
	// says that they were never fetched, an empty slice that there are none.
	QualifiedSegments []string
	// ForcedDecisions say which variations flags decide for the user, whatever the datafile says. Of two for the same flag
	// and rule the last counts. [User.SetForcedDecision] and its like change them.
	ForcedDecisions []ForcedDecision
}

// Attributes are a user's attributes by key.
//
// A value is a bool, a string, an integer or a float of any size, or of a type based on one of these. Anything else, nil
// included, counts as no value: it is unknown to audiences and left out of events. So are NaN, infinities and numbers
// beyond 2^53, which the library logs and counts in [Stats].IgnoredValues. The event itself is kept.
type Attributes map[string]any

// Tags are what is known of a conversion, by key.
//
// The tag "revenue" (a number, in cents; a fraction is cut off) and the tag "value" (a number, or a string that is one)
// feed metrics; they and all other tags travel as they are. Values are as in [Attributes], but integers keep all their
// 64 bits; an unsigned one beyond them becomes a float64. A tag that the Events API can't take is left out, logged and
// counted; the event is kept.
type Tags map[string]any

// Pair is one attribute or one tag with its value, made by [String], [Int], [Int64], [Float64] or [Bool]. A list of
// pairs costs neither a map nor an allocation for a value.
type Pair struct {
	key  string
	text string
	bits uint64
	kind packed.Kind
}

// String is a text under a key.
func String(key, value string) Pair {
	return Pair{key: key, kind: packed.Text, text: value}
}

// Int is a whole number under a key.
func Int(key string, value int) Pair {
	return Int64(key, int64(value))
}

// Int64 is a whole number under a key.
func Int64(key string, value int64) Pair {
	return Pair{key: key, kind: packed.Int, bits: uint64(value)}
}

// Float64 is a floating-point number under a key.
func Float64(key string, value float64) Pair {
	return Pair{key: key, kind: packed.Double, bits: math.Float64bits(value)}
}

// Bool is true or false under a key.
func Bool(key string, value bool) Pair {
	pair := Pair{key: key, kind: packed.Bool}
	if value {
		pair.bits = 1
	}
	return pair
}

// appendTo writes the pair into a request. The zero Pair has the empty key and no value.
func (p *Pair) appendTo(request []byte) []byte {
	request = packed.AppendText(request, p.key)
	switch p.kind {
	case packed.Text:
		return packed.AppendString(request, p.text)
	case packed.Int:
		return packed.AppendInt(request, int64(p.bits))
	case packed.Double:
		return packed.AppendDouble(request, math.Float64frombits(p.bits))
	case packed.Bool:
		return packed.AppendBool(request, p.bits != 0)
	}
	return packed.AppendNone(request)
}

// appendValues writes attributes or tags, those of the map first: of one key the library takes the last.
func appendValues(request []byte, values map[string]any, pairs []Pair) []byte {
	request = packed.AppendCount(request, uint32(len(values)+len(pairs)))
	for key, value := range values {
		request = packed.AppendText(request, key)
		request = packed.AppendAny(request, value)
	}
	for place := range pairs {
		request = pairs[place].appendTo(request)
	}
	return request
}
