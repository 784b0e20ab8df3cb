package packed

// Reading of answers: a decision, or a list of keys.

import "encoding/binary"

// Decision is the answer of the calls that decide. Texts that the library left out are empty.
type Decision struct {
	Enabled                        bool
	Event                          byte
	FlagKey, RuleKey, VariationKey string
}

// Which texts follow in the answer of a decision.
const (
	hasFlag      = 1
	hasRule      = 2
	hasVariation = 4
)

// ReadDecision reads the answer of a deciding call; false says that it is no such answer.
func ReadDecision(answer []byte) (Decision, bool) {
	if len(answer) < 4 || answer[0] != Version {
		return Decision{}, false
	}
	decision := Decision{Enabled: answer[1] != 0, Event: answer[2]}
	texts := reader{rest: string(answer[4:])} // one allocation, which the texts share
	present := answer[3]
	if present&hasFlag != 0 {
		decision.FlagKey = texts.text()
	}
	if present&hasRule != 0 {
		decision.RuleKey = texts.text()
	}
	if present&hasVariation != 0 {
		decision.VariationKey = texts.text()
	}
	if !texts.ended() {
		return Decision{}, false
	}
	return decision, true
}

// ReadKeys reads the keys in the answer of GetEnabledFeatures; false says that it is no such answer.
func ReadKeys(answer []byte) ([]string, bool) {
	const head, tail = 8, 8 // the tail is the number of impressions refused, which the statistics have too
	if len(answer) < head+tail || answer[0] != Version {
		return nil, false
	}
	count := uint64(binary.LittleEndian.Uint32(answer[4:]))
	texts := reader{rest: string(answer[head : len(answer)-tail])}
	if count > uint64(len(texts.rest))/lengthSize {
		return nil, false
	}
	keys := make([]string, count)
	for place := range keys {
		keys[place] = texts.text()
	}
	return keys, texts.ended()
}

// lengthSize is the size of the length in front of a text.
const lengthSize = 4

// reader takes texts off the front; once one is cut short it stays broken.
type reader struct {
	rest   string
	broken bool
}

func (r *reader) text() string {
	if len(r.rest) < lengthSize {
		r.broken = true
		return ""
	}
	length := uint64(r.rest[0]) | uint64(r.rest[1])<<8 | uint64(r.rest[2])<<16 | uint64(r.rest[3])<<24
	rest := r.rest[lengthSize:]
	if length > uint64(len(rest)) {
		r.broken = true
		return ""
	}
	r.rest = rest[length:]
	return rest[:length]
}

func (r *reader) ended() bool {
	return !r.broken && r.rest == ""
}
