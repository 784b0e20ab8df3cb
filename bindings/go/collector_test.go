//go:build cgo

package opttrack_test

// The collector of the tests: the Events API on loopback, which validates and counts what it is sent.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

type collector struct {
	url string
}

// counts are what the collector has received.
type counts struct {
	RejectedPosts  uint64 `json:"rejected_posts"`
	MalformedPosts uint64 `json:"malformed_posts"`
	Posts          uint64 `json:"posts"`
	Events         uint64 `json:"events"`
	Unique         uint64 `json:"unique"`
	Impressions    uint64 `json:"impressions"`
	Conversions    uint64 `json:"conversions"`
	Conflicting    uint64 `json:"conflicting"`
}

// receivedEvent is a unique event that the collector has.
type receivedEvent struct {
	UUID      string `json:"uuid"`
	Timestamp int64  `json:"timestamp"`
	Revenue   int64  `json:"revenue"`
}

// startCollector runs a collector until the end of the test; it ends by itself when the test's process does.
func startCollector(t testing.TB) *collector {
	t.Helper()
	program := os.Getenv("OPT_COLLECTOR")
	if program == "" {
		missing(t, "OPT_COLLECTOR does not name the collector's program")
	}
	command := exec.Command(program, "--exit-with-stdin")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the collector: %v", err)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("the collector says %q, %v", line, err)
	}
	return &collector{url}
}

// newClient makes a client whose events go to the collector, also at its close.
func (c *collector) newClient(t testing.TB, options ...opttrack.Option) *opttrack.Client {
	t.Helper()
	usual := []opttrack.Option{
		opttrack.WithEventEndpoint(c.url + "/v1/events"), opttrack.WithCloseTimeout(30 * time.Second),
	}
	return newClient(t, append(usual, options...)...)
}

// get asks the collector for JSON.
func (c *collector) get(t testing.TB, path string, into any) {
	t.Helper()
	answer, err := http.Get(c.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s: %s", path, answer.Status, text)
	}
	decoder := json.NewDecoder(answer.Body)
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// counts are what has arrived until now.
func (c *collector) counts(t testing.TB) counts {
	t.Helper()
	var received counts
	c.get(t, "/control/stats", &received)
	return received
}

// wait waits until so many events have arrived.
func (c *collector) wait(t testing.TB, unique int) {
	t.Helper()
	var received counts
	c.get(t, fmt.Sprintf("/control/wait?unique=%d&timeout_ms=30000", unique), &received)
}

// events are the unique ones that have arrived, in order of arrival.
func (c *collector) events(t testing.TB) []receivedEvent {
	t.Helper()
	answer, err := http.Get(c.url + "/control/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var events []receivedEvent
	for lines := json.NewDecoder(answer.Body); ; {
		var event receivedEvent
		if err := lines.Decode(&event); err == io.EOF {
			return events
		} else if err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
}

// uuids are those of the events that have arrived.
func (c *collector) uuids(t testing.TB) map[string]bool {
	t.Helper()
	uuids := map[string]bool{}
	for _, event := range c.events(t) {
		uuids[event.UUID] = true
	}
	return uuids
}

// faults puts these faults in force in place of all others.
func (c *collector) faults(t testing.TB, list string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPut, c.url+"/control/faults", strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		t.Fatal(answer.Status)
	}
}

// bodies are the posts that were accepted, in order of arrival.
func (c *collector) bodies(t testing.TB) []map[string]any {
	t.Helper()
	var batches []struct {
		Body map[string]any `json:"body"`
	}
	c.get(t, "/control/batches", &batches)
	bodies := make([]map[string]any, len(batches))
	for place, batch := range batches {
		bodies[place] = batch.Body
	}
	return bodies
}
