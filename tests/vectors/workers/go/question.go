package main

// Questions: what stands in them, and its values in Go's types.

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

type question struct {
	Datafile         string            `json:"datafile"`
	Endpoint         string            `json:"endpoint"`
	BatchSize        int               `json:"batch_size"`
	FlushIntervalMS  int64             `json:"flush_interval_ms"`
	CMABEndpoint     string            `json:"cmab_endpoint"`
	Profile          *opttrack.Profile `json:"profile"`
	ProfileUser      string            `json:"profile_user"`
	ForcedVariations [][3]*string      `json:"forced_variations"`
	Calls            []call            `json:"calls"`
	Flush            bool              `json:"flush"`

	HasProfile bool `json:"-"` // whether the member is there, be it null
}

// call is one call on the client, and the user that it is made for.
type call struct {
	Op              string         `json:"op"`
	User            string         `json:"user"`
	Attrs           map[string]any `json:"attrs"`
	Tags            map[string]any `json:"tags"`
	Segments        []string       `json:"segments"`
	ForcedDecisions [][3]*string   `json:"forced_decisions"`
	Options         []string       `json:"options"`
	Flag            string         `json:"flag"`
	Flags           []string       `json:"flags"`
	Experiment      string         `json:"experiment"`
	Event           string         `json:"event"`
	Variable        string         `json:"variable"`
	Type            string         `json:"type"`

	user    opttrack.User
	options opttrack.DecideOption
}

// unsayable says what this binding has no way to express.
type unsayable string

func (u unsayable) Error() string { return string(u) }

func readQuestion(line []byte) (*question, error) {
	var asked question
	if err := unmarshal(line, &asked); err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := unmarshal(line, &members); err != nil {
		return nil, err
	}
	_, asked.HasProfile = members["profile"]
	for place := range asked.Calls {
		if err := asked.Calls[place].prepare(); err != nil {
			return nil, err
		}
	}
	return &asked, nil
}

func unmarshal(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// prepare makes the user, the tags and the options that the binding takes.
func (c *call) prepare() (err error) {
	c.user = opttrack.User{ID: c.User, QualifiedSegments: c.Segments}
	for _, values := range []map[string]any{c.Attrs, c.Tags} {
		for name, value := range values {
			if values[name], err = valueOf(value); err != nil {
				return err
			}
		}
	}
	if c.Attrs != nil {
		c.user.Attributes = c.Attrs
	}
	for _, forced := range c.ForcedDecisions {
		c.user.SetForcedDecision(orEmpty(forced[0]), orEmpty(forced[1]), orEmpty(forced[2]))
	}
	c.options, err = opttrack.ParseDecideOptions(c.Options...)
	return err
}

// valueOf is an attribute's or a tag's value: a number without fraction and exponent is an integer if 64 bits hold it.
func valueOf(value any) (any, error) {
	switch value := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return whole, nil
		}
		number, err := strconv.ParseFloat(value.String(), 64)
		if err != nil && !math.IsInf(number, 0) {
			return nil, err
		}
		return number, nil
	case map[string]any:
		if name, ok := value["$double"].(string); ok && len(value) == 1 {
			return strconv.ParseFloat(name, 64)
		}
		return nil, unsayable("the binding takes an object for no value at all")
	case []any:
		return nil, unsayable("the binding takes a list for no value at all")
	}
	return value, nil
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
