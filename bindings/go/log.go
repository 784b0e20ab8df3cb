package opttrack

// What this package itself has to say: to standard error, in the form and as seldom as the library does.

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	repeatAfter    = time.Hour
	mostRemembered = 1024 // different messages; past that all are forgotten
)

// logger writes messages, each at once the first time, then at most hourly with how often it came meanwhile.
type logger struct {
	level      LogLevel
	mutex      sync.Mutex
	remembered map[string]repeats
}

// repeats are a message's since it was last written.
type repeats struct {
	since time.Time
	count int
}

func (l *logger) errorf(format string, values ...any) {
	if l.level >= LogError {
		l.write("error", fmt.Sprintf(format, values...), time.Now())
	}
}

func (l *logger) write(level, message string, now time.Time) {
	message = strings.Join(strings.Fields(message), " ") // one line, whatever the host's code says
	count, due := l.due(message, now)
	if !due {
		return
	}
	if count > 0 {
		message = fmt.Sprintf("%s (%d more in the last hour)", message, count)
	}
	// A closed standard error is the host's wish; there is nowhere left to say so.
	_, _ = fmt.Fprintf(os.Stderr, "opttrack %s: %s\n", level, message)
}

// due says whether a message is to be written now, and how often it came without being written.
func (l *logger) due(message string, now time.Time) (count int, due bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	last, known := l.remembered[message]
	if known && now.Sub(last.since) < repeatAfter {
		last.count++
		l.remembered[message] = last
		return 0, false
	}
	if l.remembered == nil || (!known && len(l.remembered) >= mostRemembered) {
		l.remembered = map[string]repeats{}
	}
	l.remembered[message] = repeats{since: now}
	return last.count, true
}
