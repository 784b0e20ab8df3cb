//go:build cgo

package opttrack_test

// The journal: what was accepted survives a kill and a close, by uuid; what is given up is counted and told.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// What a program that is to be killed finds in its environment.
const (
	killedDirectory = "OPT_TEST_KILLED_DIRECTORY"
	killedEndpoint  = "OPT_TEST_KILLED_ENDPOINT"
	killedKind      = "OPT_TEST_KILLED_KIND"
)

// TestMain is also the program that is killed: these tests, started again.
func TestMain(m *testing.M) {
	if directory := os.Getenv(killedDirectory); directory != "" {
		fmt.Fprintln(os.Stderr, trackUntilKilled(directory))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// uuidOf is the uuid that a test gives its event of that number.
func uuidOf(number int) string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", number)
}

// trackUntilKilled tracks without end, and prints the uuid of each event that was accepted.
func trackUntilKilled(directory string) error {
	kind := opttrack.JournalWritten
	if os.Getenv(killedKind) == opttrack.JournalMapped.String() {
		kind = opttrack.JournalMapped
	}
	client, err := opttrack.New(
		opttrack.WithDatafile(datafile), opttrack.WithLogLevel(opttrack.LogOff),
		opttrack.WithEventEndpoint(os.Getenv(killedEndpoint)), opttrack.WithJournal(directory, kind),
		opttrack.WithBatchSize(10), opttrack.WithFlushInterval(time.Millisecond),
	)
	if err != nil {
		return err
	}
	for number := 0; ; number++ {
		if err := client.TrackAt("purchase", gold, time.Now(), uuidOf(number), nil); err != nil {
			return err
		}
		if _, err := fmt.Println(uuidOf(number)); err != nil {
			return err
		}
	}
}

// kill starts a program that tracks, kills it in full traffic, and returns the uuids that it was told were accepted.
func kill(t *testing.T, server *collector, directory string, kind opttrack.JournalKind) map[string]bool {
	t.Helper()
	const enough = 2000
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), killedDirectory+"="+directory, killedKind+"="+kind.String(),
		killedEndpoint+"="+server.url+"/v1/events")
	program.Stderr = os.Stderr
	output, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	accepted := map[string]bool{}
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		accepted[strings.TrimSpace(line)] = true
		if len(accepted) == enough {
			if err := program.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := program.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the program ended by itself: %v", err)
	}
	if len(accepted) < enough {
		t.Fatalf("%d events were accepted", len(accepted))
	}
	return accepted
}

// flushUntil flushes until the condition holds, for what others have left is taken over in the background.
func flushUntil(t *testing.T, client *opttrack.Client, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if err := client.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %+v", client.Stats())
		}
	}
}

func balanced(t *testing.T, stats opttrack.Stats) {
	t.Helper()
	if stats.Accepted+stats.Recovered != stats.Delivered+stats.Pending+stats.DeadLettered+stats.Dropped {
		t.Errorf("the books don't balance: %+v", stats)
	}
}

func TestWhatAKilledProgramLeftIsDelivered(t *testing.T) {
	for _, kind := range []opttrack.JournalKind{opttrack.JournalWritten, opttrack.JournalMapped} {
		t.Run(kind.String(), func(t *testing.T) {
			server, directory := startCollector(t), filepath.Join(t.TempDir(), "journal")
			// Most of it can't be delivered before the kill.
			server.faults(t, `[{"kind": "status", "status": 503, "skip": 20}]`)
			accepted := kill(t, server, directory, kind)
			server.faults(t, `[]`)
			client := server.newClient(t, opttrack.WithJournal(directory, kind), opttrack.WithFlushInterval(time.Hour))
			flushUntil(t, client, func() bool { return server.counts(t).Unique >= uint64(len(accepted)) })
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
			received := server.uuids(t)
			for uuid := range accepted {
				if !received[uuid] {
					t.Errorf("%s was accepted and is lost", uuid)
				}
			}
			// The one that could not be printed any more.
			if len(received) > len(accepted)+1 {
				t.Errorf("%d events accepted, %d received", len(accepted), len(received))
			}
			if conflicting := server.counts(t).Conflicting; conflicting != 0 {
				t.Errorf("%d repeats with another content", conflicting)
			}
			stats := client.Stats()
			balanced(t, stats)
			if stats.Recovered < 1000 || stats.Delivered != stats.Recovered || stats.Accepted != 0 {
				t.Errorf("books: %+v", stats)
			}
		})
	}
}

func TestCloseLeavesWhatIsUndeliveredOnTheDisk(t *testing.T) {
	server, directory := startCollector(t), t.TempDir()
	server.faults(t, `[{"kind": "status", "status": 503}]`)
	journal := opttrack.WithJournal(directory, opttrack.JournalWritten)
	client := server.newClient(t, journal, opttrack.WithFlushInterval(time.Hour), opttrack.WithCloseTimeout(0))
	const events = 7
	for number := range events {
		if err := client.TrackPairsAt("purchase", gold, time.UnixMilli(1), uuidOf(number)); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); !errors.Is(err, opttrack.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	if stats := client.Stats(); stats.Pending != events || !stats.Durable || server.counts(t).Unique != 0 {
		t.Errorf("books: %+v", stats)
	}
	server.faults(t, `[]`)
	next := server.newClient(t, journal)
	flushUntil(t, next, func() bool { return next.Stats().Recovered == events })
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	received := server.uuids(t)
	for number := range events {
		if !received[uuidOf(number)] {
			t.Errorf("event %d is lost", number)
		}
	}
	if len(received) != events {
		t.Errorf("received %v", received)
	}
}

func TestDeadLettersAreTold(t *testing.T) {
	server := startCollector(t)
	server.faults(t, `[{"kind": "poison", "visitor": "poison"}]`)
	client := server.newClient(t, opttrack.WithJournal(t.TempDir(), opttrack.JournalWritten))
	into, _ := listen(t, client, opttrack.NotifyDeadLetter|opttrack.NotifyDrop)
	poison := opttrack.User{ID: "poison"}
	if err := client.TrackAt("signup", poison, time.UnixMilli(1), uuidOf(1), nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Track("purchase", gold, nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	all := into.take()
	if len(all) != 1 {
		t.Fatalf("told %+v", all)
	}
	told, err := all[0].Loss()
	if err != nil || all[0].Type != opttrack.NotifyDeadLetter || all[0].Key != "signup" || told.UUID != uuidOf(1) ||
		told.Key != "signup" || told.HTTPStatus != 400 || told.Reason == "" {
		t.Errorf("told %+v: %+v, %v", all[0], told, err)
	}
	if _, err := all[0].Track(); !errors.Is(err, opttrack.ErrInvalidArgument) {
		t.Errorf("read as another thing: %v", err)
	}
	stats := client.Stats()
	balanced(t, stats)
	if stats.DeadLettered != 1 || stats.DeadLetterBytes == 0 || stats.Delivered != 1 || server.counts(t).Unique != 1 {
		t.Errorf("books: %+v", stats)
	}
}

func TestWhatIsGivenUpIsCountedAndTold(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithJournal(t.TempDir(), opttrack.JournalWritten),
		opttrack.WithFlushInterval(time.Hour))
	into, _ := listen(t, client, opttrack.NotifyDrop)
	for number := range 6 {
		user := opttrack.User{ID: "other"}
		if number%3 == 0 {
			user.ID = "leaver"
		}
		if err := client.TrackAt("purchase", user, time.UnixMilli(1), uuidOf(number), nil); err != nil {
			t.Fatal(err)
		}
	}
	counted := func(name string, want uint64) func(uint64, error) {
		return func(got uint64, err error) {
			t.Helper()
			if got != want || err != nil {
				t.Errorf("%s: got %d, %v, want %d", name, got, err, want)
			}
		}
	}
	counted("purge", 2)(client.PurgeVisitor("leaver"))
	counted("purge of nobody", 0)(client.PurgeVisitor("nobody"))
	counted("discard", 4)(client.Discard())
	counted("discard of nothing", 0)(client.Discard())
	if _, err := client.PurgeVisitor("\xff"); !errors.Is(err, opttrack.ErrInvalidUTF8) {
		t.Errorf("got %v", err)
	}
	stats := client.Stats()
	balanced(t, stats)
	if stats.DroppedPurged != 2 || stats.DroppedDiscarded != 4 || stats.Dropped != 6 || stats.Pending != 0 {
		t.Errorf("books: %+v", stats)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, each := range into.take() {
		loss, err := each.Loss()
		if err != nil || loss.Key != "purchase" || loss.HTTPStatus != 0 || each.Type != opttrack.NotifyDrop {
			t.Errorf("told %+v, %v", each, err)
		}
		told[loss.UUID] = true
	}
	if len(told) != 6 || !told[uuidOf(5)] || server.counts(t).Posts != 0 {
		t.Errorf("told of %v", told)
	}
}

func TestEventsThatAreTooOldAreDropped(t *testing.T) {
	server := startCollector(t)
	client := server.newClient(t, opttrack.WithMaxAge(time.Hour))
	for number, at := range []time.Time{time.Now().Add(-2 * time.Hour), time.Now()} {
		if err := client.TrackAt("purchase", gold, at, uuidOf(number), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if stats, received := client.Stats(), server.uuids(t); stats.DroppedExpired != 1 || len(received) != 1 || !received[uuidOf(1)] {
		t.Errorf("received %v, books: %+v", received, stats)
	}
}

func TestSyncAsksTheDisk(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "journal")
	client := newClient(t, opttrack.WithJournal(directory, opttrack.JournalWritten),
		opttrack.WithDurability(opttrack.DurabilitySystem), opttrack.WithJournalLimits(1<<20, 1<<20))
	if err := client.Track("purchase", gold, nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	stats := client.Stats()
	if stats.Journal != opttrack.JournalWritten || !stats.Durable || stats.DiskErrno != 0 ||
		stats.JournalBytes < stats.PendingBytes || stats.PendingBytes == 0 {
		t.Errorf("books: %+v", stats)
	}
	if info, err := os.Stat(directory); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info, err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := client.Sync(cancelled); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := newClient(t).Sync(context.Background()); !errors.Is(err, opttrack.ErrUnsupported) {
		t.Errorf("without a journal: %v", err)
	}
}

func TestJournalsThatCanNotBe(t *testing.T) {
	written := opttrack.WithJournal(t.TempDir(), opttrack.JournalWritten)
	for name, test := range map[string]struct {
		option opttrack.Option
		want   error
	}{
		"no directory":   {opttrack.WithJournal("", opttrack.JournalWritten), opttrack.ErrInvalidArgument},
		"in memory":      {opttrack.WithJournal(t.TempDir(), opttrack.JournalMemory), opttrack.ErrInvalidArgument},
		"durability":     {opttrack.WithDurability(2), opttrack.ErrInvalidArgument},
		"too small":      {opttrack.WithJournalLimits(1, 0), opttrack.ErrInvalidArgument},
		"younger than 0": {opttrack.WithMaxAge(-time.Second), opttrack.ErrInvalidArgument},
		"not a place":    {opttrack.WithJournal("/proc/version/journal", opttrack.JournalWritten), opttrack.ErrDisk},
	} {
		_, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithLogLevel(opttrack.LogOff), written, test.option)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for kind, want := range map[opttrack.JournalKind]string{
		opttrack.JournalMemory: "memory", opttrack.JournalWritten: "written", opttrack.JournalMapped: "mapped",
		7: "journal kind 7",
	} {
		if kind.String() != want {
			t.Errorf("got %q, want %q", kind, want)
		}
	}
}
