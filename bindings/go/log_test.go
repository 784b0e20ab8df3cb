package opttrack

// What this package writes to standard error, and how often.

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// standardError gives what is written there meanwhile.
func standardError(t *testing.T, do func()) string {
	t.Helper()
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	kept := os.Stderr
	os.Stderr = writing
	do()
	os.Stderr = kept
	_ = writing.Close()
	written, err := io.ReadAll(reading)
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

func TestAMessageIsWrittenAtOnceThenCounted(t *testing.T) {
	log := logger{level: LogError}
	now := time.Now()
	written := standardError(t, func() {
		for range 3 {
			log.write("error", "it\nbroke", now)
		}
		log.write("error", "something else", now)
		log.write("error", "it\nbroke", now.Add(2*time.Hour))
	})
	want := "opttrack error: it broke\nopttrack error: something else\nopttrack error: it broke (2 more in the last hour)\n"
	if written != want {
		t.Errorf("got %q", written)
	}
}

func TestTheLevelTurnsMessagesOff(t *testing.T) {
	const line = "opttrack error: 7\n"
	for level, want := range map[LogLevel]string{LogOff: "", LogError: line, LogDebug: line} {
		log := logger{level: level}
		if got := standardError(t, func() { log.errorf("%d", 7) }); got != want {
			t.Errorf("level %d: got %q", level, got)
		}
	}
}

func TestFewMessagesAreRemembered(t *testing.T) {
	log := logger{level: LogError}
	_ = standardError(t, func() {
		for size := range 3 * mostRemembered {
			log.due(strings.Repeat("x", size%2000), time.Now())
		}
	})
	if got := len(log.remembered); got > mostRemembered {
		t.Errorf("%d messages are remembered", got)
	}
}
