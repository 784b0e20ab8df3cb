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
//	decision, err := client.Activate("checkout_button", user)
//	// …
//	err = client.Track("purchase", user, opttrack.Tags{"revenue": 4200, "method": "card"})
//
// # Accepted is safe
//
// When [Client.Track] returns nil, the event is stored, and from then on [Client.Stats] accounts for it until the server
// has taken it. An event that can't be stored is refused with an error; none is lost in silence. Events wait in memory,
// so end a program with [Client.Close] or [Client.Shutdown], which deliver what waits, and look at their error.
//
// # Goroutines
//
// A [Client] serves any number of goroutines at once. Nothing waits on the network but [Client.Flush],
// [Client.Shutdown] and [Client.Close]. A [User] is a plain value: share it freely, but don't write to its map or
// slices while a call reads them.
//
// # Errors
//
// Every error of this package is an [*Error] with a [Status], but for the cause of a cancelled context. Ask for a kind of
// error with [errors.Is] and the Err… variables.
//
// # Logs
//
// Go registers no callback with the library, so that no thread of C's ever enters Go. The library writes its messages
// to standard error: each at once the first time, then at most hourly with how often it came meanwhile.
// [WithLogLevel] sets how much of that there is, and turns it off.
//
// # Building
//
// The package links the installed library, found by pkg-config under the name opttrack, and needs cgo on Linux or
// macOS. Built without cgo or elsewhere it compiles, and [New] returns [ErrUnsupported].
//
// # Coming from the official Go SDK
//
// Keys, users and tags are given as there: entities.UserContext becomes [User], with the same ID and Attributes, and a
// map[string]interface{} is taken as [Attributes] and [Tags]. What differs: Track reports an unknown event key instead
// of only logging it, Activate and GetVariation return a [Decision] instead of the bare variation key, Close returns an
// error and takes a deadline, and forced variations are methods of the client.
package opttrack
