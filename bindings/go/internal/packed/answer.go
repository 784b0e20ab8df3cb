package packed

// Reading of answers: what every answer starts with, and then the body of the call.

// Answer is what every answer starts with, and the body where the call has one. Its texts share one piece of memory.
type Answer struct {
	ProfileChanged bool
	Profile        string // JSON, to be saved
	Needed         []Needed
	Notifications  []Notification
	HasBody        bool
	Body           Body
}

// Needed is a prediction that the call can't be made without.
type Needed struct {
	RuleID  string
	UUID    string
	Request string // the body that a prediction service takes, JSON
}

// Notification is something that the call caused and that listeners may want to hear of.
type Notification struct {
	Type    uint32
	Key     string
	Payload string // JSON
}

// Body is read value by value, by [Body.Decision] and the reader's methods; [Body.Ended] then says whether it was what
// was read of it.
type Body struct {
	reader
}

// The fewest bytes that each takes.
const (
	textSize         = 4
	bareSize         = 13
	neededSize       = 3 * textSize
	notificationSize = 3 * textSize

	// DecisionSize is that of a decision without any text.
	DecisionSize = 24
)

// Read reads an answer up to its body; false says that it is none.
func Read(answer []byte) (Answer, bool) {
	if isBare(answer) {
		return Answer{}, true
	}
	texts := reader{rest: string(answer)} // one allocation, which all texts share
	version := texts.Byte()
	read := Answer{HasBody: texts.Flag()}
	reserved := texts.take(2)
	if read.ProfileChanged = texts.Flag(); read.ProfileChanged {
		read.Profile = texts.Text()
	}
	if count := texts.Count(neededSize); count > 0 {
		read.Needed = make([]Needed, count)
		for place := range read.Needed {
			read.Needed[place] = Needed{RuleID: texts.Text(), UUID: texts.Text(), Request: texts.Text()}
		}
	}
	if count := texts.Count(notificationSize); count > 0 {
		read.Notifications = make([]Notification, count)
		for place := range read.Notifications {
			read.Notifications[place] = Notification{Type: texts.Number(), Key: texts.Text(), Payload: texts.Text()}
		}
	}
	if version != Version || reserved != "\x00\x00" || texts.broken || (!read.HasBody && texts.rest != "") {
		return Answer{}, false
	}
	read.Body = Body{texts}
	return read, true
}

// isBare says of an answer that it has nothing to tell, as that of Track, and costs no allocation.
func isBare(answer []byte) bool {
	return len(answer) == bareSize && string(answer) == "\x01"+"\x00\x00\x00\x00"+"\x00\x00\x00\x00"+"\x00\x00\x00\x00"
}

// Decision is one decision. Texts that the library left out are empty.
type Decision struct {
	Enabled                        bool
	Event, Source                  byte
	Status                         int32
	FlagKey, RuleKey, VariationKey string
	RuleID, VariationID, CMABUUID  string
	Variables                      string // a JSON object
	Reasons                        []string
	ExplainText, ExplainJSON       string
}

// Decision is the next value of the body. [Body.Ended] says whether all of it was there.
func (b *Body) Decision() Decision {
	decision := Decision{Enabled: b.Flag(), Event: b.Byte(), Source: b.Byte()}
	present := b.Byte()
	decision.Status = int32(b.Number())
	for bit, text := range [...]*string{
		&decision.FlagKey, &decision.RuleKey, &decision.VariationKey,
		&decision.RuleID, &decision.VariationID, &decision.CMABUUID,
	} {
		if present&(1<<bit) != 0 {
			*text = b.Text()
		}
	}
	if present >= 1<<6 {
		b.broken = true
	}
	decision.Variables = b.Text()
	decision.Reasons = b.Texts()
	decision.ExplainText = b.Text()
	decision.ExplainJSON = b.Text()
	return decision
}
