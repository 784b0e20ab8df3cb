// Values and payloads as the protocol writes them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/optimizely/go-sdk/v2/pkg/entities"
	"github.com/optimizely/go-sdk/v2/pkg/event"
)

// values are attributes or tags: whole numbers are int64, other numbers float64.
type values map[string]any

func (v *values) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		return err
	}
	for name, value := range members {
		members[name] = valueOf(value)
	}
	*v = members
	return nil
}

func valueOf(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return whole
		}
		number, _ := value.Float64()
		return number
	case map[string]any:
		switch value["$double"] {
		case "NaN":
			return math.NaN()
		case "Infinity":
			return math.Inf(1)
		case "-Infinity":
			return math.Inf(-1)
		}
	}
	return value
}

// encodable marks the doubles that JSON lacks.
func encodable(value any) any {
	switch value := value.(type) {
	case float64:
		switch {
		case math.IsNaN(value):
			return map[string]string{"$double": "NaN"}
		case math.IsInf(value, 1):
			return map[string]string{"$double": "Infinity"}
		case math.IsInf(value, -1):
			return map[string]string{"$double": "-Infinity"}
		}
	case map[string]any:
		marked := make(map[string]any, len(value))
		for name, member := range value {
			marked[name] = encodable(member)
		}
		return marked
	case []any:
		marked := make([]any, len(value))
		for place, item := range value {
			marked[place] = encodable(item)
		}
		return marked
	}
	return value
}

// typed reads a variable's text as the SDK's own getters do.
func typed(text string, kind entities.VariableType) (any, error) {
	switch kind {
	case entities.Boolean:
		return strconv.ParseBool(text)
	case entities.Integer:
		return strconv.Atoi(text)
	case entities.Double:
		return strconv.ParseFloat(text, 64)
	case entities.JSON:
		var members map[string]any
		err := json.Unmarshal([]byte(text), &members)
		return members, err
	default:
		return text, nil
	}
}

// payload is what would be posted.
type payload struct {
	URL  string          `json:"url"`
	Body json.RawMessage `json:"body"`
}

// collector is the SDK's event processor with a batch size of 1, one for all clients; it keeps payloads instead of
// sending them.
type collector struct {
	*event.BatchEventProcessor
	accepted atomic.Int64
	sent     chan payload
}

// flushInterval finds an event that came just as the processor's worker had found nothing and went to rest.
const flushInterval = 2 * time.Millisecond

// patience is how long an accepted event may take to reach the dispatcher.
const patience = 10 * time.Second

func newCollector() *collector {
	made := &collector{sent: make(chan payload, 4096)}
	made.BatchEventProcessor = event.NewBatchEventProcessor(event.WithBatchSize(1), event.WithQueueSize(4096),
		event.WithFlushInterval(flushInterval), event.WithEventDispatcher(made))
	go made.Start(context.Background())
	return made
}

func (c *collector) ProcessEvent(one event.UserEvent) bool {
	taken := c.BatchEventProcessor.ProcessEvent(one)
	if taken {
		c.accepted.Add(1)
	}
	return taken
}

// DispatchEvent takes what the processor gives. A batch that JSON can't say is marked by a body of null.
func (c *collector) DispatchEvent(log event.LogEvent) (bool, error) {
	body, err := json.Marshal(log.Event)
	if err != nil {
		if !strings.Contains(err.Error(), "unsupported value") {
			return false, err
		}
		body = []byte("null")
	}
	c.sent <- payload{URL: log.EndPoint, Body: body}
	return true, nil
}

// take waits for what was accepted since the last time.
func (c *collector) take() ([]payload, error) {
	taken := []payload{}
	for range c.accepted.Swap(0) {
		select {
		case one := <-c.sent:
			taken = append(taken, one)
		case <-time.After(patience):
			return taken, errors.New(fmt.Sprint("an event did not reach the dispatcher within ", patience))
		}
	}
	return taken, nil
}
