package main

// Two processes and a real Redis: a visitor keeps the variation after traffic was allocated otherwise.

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const shop = "../demo/shop.json"

// patienceWithRedis is how long a Redis may take to start on a busy machine.
const patienceWithRedis = 30 * time.Second

func TestAVisitorKeepsTheVariationAcrossProcesses(t *testing.T) {
	address := startRedis(t)
	program := filepath.Join(t.TempDir(), "go-redis")
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	var posts atomic.Int32
	events := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		answer.WriteHeader(http.StatusNoContent)
	}))
	defer events.Close()
	variation := func(datafile, redis, visitor string) string {
		t.Helper()
		command := exec.Command(program, datafile, redis, visitor, events.URL)
		command.Stderr = os.Stderr
		output, err := command.Output()
		key, found := strings.CutPrefix(strings.TrimSpace(string(output)), "variation: ")
		if err != nil || !found {
			t.Fatalf("%v: %s", err, output)
		}
		return key
	}

	allGreen, allBlue := allocatedTo(t, "green"), allocatedTo(t, "blue")
	if got := variation(allGreen, address, "early"); got != "green" {
		t.Errorf("the first visit: %q", got)
	}
	if got := variation(allBlue, address, "early"); got != "green" {
		t.Errorf("the visitor did not keep green, but got %q", got)
	}
	if got := variation(allBlue, address, "late"); got != "blue" {
		t.Errorf("a visitor who came after the change: %q", got)
	}
	if got := variation(allBlue, nobodyListens(t), "early"); got != "blue" {
		t.Errorf("without Redis the decision is not made as if there were none: %q", got)
	}
	if got := posts.Load(); got != 4 {
		t.Errorf("%d posts for 4 impressions", got)
	}
}

// startRedis runs a Redis that keeps nothing on disk until the end of the test, and gives its address.
func startRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("OPT_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	// Redis can't be told to choose its port, so another process may take the one that is free: then once more.
	for range 5 {
		address := nobodyListens(t)
		_, port, _ := net.SplitHostPort(address)
		server := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = server.Wait() // killed at the end of the test, or out of luck with its port
			close(ended)
		}()
		t.Cleanup(func() {
			_ = server.Process.Kill()
			<-ended
		})
		if answers(address, ended) {
			return address
		}
	}
	t.Fatal("Redis can't be started")
	return ""
}

// answers waits until a Redis answers there; false once the process that should has ended.
func answers(address string, ended <-chan struct{}) bool {
	for until := time.Now().Add(patienceWithRedis); time.Now().Before(until); {
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		connection, err := net.Dial("tcp", address)
		if err != nil {
			continue
		}
		answer := make([]byte, len("+PONG"))
		_ = connection.SetDeadline(until)
		_, _ = connection.Write([]byte("PING\r\n"))
		_, err = connection.Read(answer)
		_ = connection.Close()
		if err == nil && string(answer) == "+PONG" {
			return true
		}
	}
	return false
}

// nobodyListens gives an address on loopback that is free at this moment.
func nobodyListens(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// allocatedTo writes the shop's datafile with all traffic of its experiment in one variation, and gives its path.
func allocatedTo(t *testing.T, variationKey string) string {
	t.Helper()
	text, err := os.ReadFile(shop)
	if err != nil {
		t.Fatal(err)
	}
	var datafile map[string]any
	if err := json.Unmarshal(text, &datafile); err != nil {
		t.Fatal(err)
	}
	experiment := datafile["experiments"].([]any)[0].(map[string]any)
	for _, variation := range experiment["variations"].([]any) {
		if variation := variation.(map[string]any); variation["key"] == variationKey {
			everybody := map[string]any{"entityId": variation["id"], "endOfRange": 10000}
			experiment["trafficAllocation"] = []any{everybody}
		}
	}
	changed, err := json.Marshal(datafile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), variationKey+".json")
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
