// Package opttrack does what Optimizely Feature Experimentation's SDK does, by libopttrack: it reads a datafile, decides
// variations as the official SDKs do, records impressions and conversions, and delivers them to the Events API.
//
//	import opttrack "github.com/libopttrack/libopttrack/bindings/go"
//
//	client, err := opttrack.New(opttrack.WithDatafile(datafile))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
//	decision, err := client.Decide("checkout", user)
//	// …
//	color, err := decision.Variables.String("button_color")
//	// …
//	err = client.Track("purchase", user, opttrack.Tags{"revenue": 4200, "method": "card"})
//
// # Accepted is safe
//
// When [Client.Track] returns nil, the event is stored, and from then on [Client.Stats] accounts for it until the server
// has taken it. An event that can't be stored is refused with an error; none is lost in silence.
//
// With [WithJournal] events wait on disk: the process may be killed at any moment, and the next client of the directory
// delivers what it left. [WithDurability] and [Client.Sync] are for a loss of power. Without a journal events wait in
// memory, so end a program with [Client.Close] or [Client.Shutdown], which deliver what waits, and look at their error.
// What the server refuses for good, and what is given up, is told with its uuid to listeners of [NotifyDeadLetter] and
// [NotifyDrop]. [Client.Discard] and [Client.PurgeVisitor] are for consent that is withdrawn.
//
// # Goroutines
//
// A [Client] serves any number of goroutines at once. Nothing waits on the network but [Client.Flush], [Client.Shutdown],
// [Client.Close] and [Client.Pump], and a decision that needs a prediction which is not in the cache ([NoWait] passes such
// rules over). A [User] is a plain value: share it freely, but don't write to its map or slices while a call reads
// them.
//
// # Threads, requests and processes
//
// A client has one thread of the library's, from its first event on. With [WithHostDriven] it has none, and the host calls
// [Client.Pump]; with [WithPulledTransport] the host makes the requests too, by whatever HTTP client it has: see the
// example of [Client.NextRequest].
//
// A Go program can't go on in a child of a fork, so a server of several processes starts each of them as a program, by
// [os/exec] or a supervisor, and each makes a client of its own. All of them may share one directory for [WithJournal], in
// which what a process left that was killed is delivered by another that is started later, or looks around a minute
// later.
//
// # The host's own code
//
// A [ProfileService] keeps visitors in their variations, a [Predictor] chooses variations for contextual bandits, and
// listeners are told what happens ([Client.AddListener]). The library itself never calls into Go, so that no thread of C's
// ever enters it: what a call needs is fetched before it crosses into C, or between two crossings, and what it causes is
// told and saved after it, all on the goroutine of the call. Code of the host's that fails or panics is logged, and fails
// no decision that can be made without it; how long it is waited for has a bound.
//
// # Errors
//
// Every error of this package is an [*Error] with a [Status], but for the cause of a cancelled context. Ask for a kind of
// error with [errors.Is] and the Err… variables.
//
// # Logs
//
// The library and this package write their messages to standard error: each at once the first time, then at most hourly
// with how often it came meanwhile. [WithLogLevel] sets how much of that there is, and turns it off.
//
// # Building
//
// The package links the installed library, found by pkg-config under the name opttrack, and needs cgo on Linux or
// macOS. Built without cgo or elsewhere it compiles, and [New] returns [ErrUnsupported].
//
// # Coming from the official Go SDK
//
// Keys, users and tags are given as there: entities.UserContext becomes [User], with the same ID and Attributes, and a
// map[string]interface{} is taken as [Attributes] and [Tags]. There is no OptimizelyUserContext: a User goes into each
// call, and its SetForcedDecision and the like change that value. What differs:
//
//   - the decide calls return an error beside the decision, and [Decisions] in order; Map gives the map;
//   - [Decision].Variables has getters by type, and costs nothing until it is asked; Map gives the map, in which whole
//     numbers are int64;
//   - Track reports an unknown event key instead of only logging it, and Activate and GetVariation return a [Decision]
//     instead of the bare variation key;
//   - one AddListener takes the place of OnTrack, OnProjectConfigUpdate and the notification center;
//   - a user profile service looks profiles up and saves them as [Profile], and may fail;
//   - Close returns an error and takes a deadline, and forced variations are methods of the client.
package opttrack
