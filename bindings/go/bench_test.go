//go:build cgo

package opttrack_test

// Time on the caller's goroutine, the user built inside the loop. Events go to a server on loopback that takes all of them.

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// benchmarkClient posts to a server that answers at once, and keeps the queue from being the limit.
func benchmarkClient(b *testing.B) *opttrack.Client {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.WriteHeader(http.StatusNoContent)
	}))
	b.Cleanup(server.Close)
	client := newClient(b, opttrack.WithEventEndpoint(server.URL), opttrack.WithQueueLimit(1<<30, 0))
	b.ReportAllocs()
	return client
}

func userByMap() opttrack.User {
	return opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{
		"plan": "gold", "age": 34, "member": true, "score": 0.75, "visits": 12,
	}}
}

func userByPairs(buffer *[5]opttrack.Pair) opttrack.User {
	*buffer = [5]opttrack.Pair{
		opttrack.String("plan", "gold"), opttrack.Int("age", 34), opttrack.Bool("member", true),
		opttrack.Float64("score", 0.75), opttrack.Int("visits", 12),
	}
	return opttrack.User{ID: "visitor-1", Pairs: buffer[:]}
}

// must ends a benchmark at any error but a full queue, which costs the caller as much as an accepted event.
func must(b *testing.B, err error) {
	if err != nil && !errors.Is(err, opttrack.ErrQueueFull) {
		b.Fatal(err)
	}
}

func BenchmarkTrack(b *testing.B) {
	client := benchmarkClient(b)
	for b.Loop() {
		tags := opttrack.Tags{"revenue": 4200, "method": "card", "gift": true}
		must(b, client.Track("purchase", userByMap(), tags))
	}
}

func BenchmarkTrackPairs(b *testing.B) {
	client := benchmarkClient(b)
	var buffer [5]opttrack.Pair
	for b.Loop() {
		must(b, client.TrackPairs("purchase", userByPairs(&buffer),
			opttrack.Int("revenue", 4200), opttrack.String("method", "card"), opttrack.Bool("gift", true)))
	}
}

func BenchmarkTrackParallel(b *testing.B) {
	client := benchmarkClient(b)
	b.RunParallel(func(loop *testing.PB) {
		var buffer [5]opttrack.Pair
		for loop.Next() {
			must(b, client.TrackPairs("purchase", userByPairs(&buffer), opttrack.Int("revenue", 4200)))
		}
	})
}

func BenchmarkActivate(b *testing.B) {
	client := benchmarkClient(b)
	for b.Loop() {
		_, err := client.Activate("checkout_button", userByMap())
		must(b, err)
	}
}

func BenchmarkActivatePairs(b *testing.B) {
	client := benchmarkClient(b)
	var buffer [5]opttrack.Pair
	for b.Loop() {
		_, err := client.Activate("checkout_button", userByPairs(&buffer))
		must(b, err)
	}
}

func BenchmarkDecide(b *testing.B) {
	client := benchmarkClient(b)
	for b.Loop() {
		_, err := client.Decide("greeting", userByMap(), opttrack.DisableDecisionEvent)
		must(b, err)
	}
}

func BenchmarkDecideAll(b *testing.B) {
	client := benchmarkClient(b)
	for b.Loop() {
		_, err := client.DecideAll(userByMap(), opttrack.DisableDecisionEvent)
		must(b, err)
	}
}

func BenchmarkVariable(b *testing.B) {
	client := newClient(b)
	decision, err := client.Decide("greeting", userByMap(), opttrack.DisableDecisionEvent)
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := decision.Variables.Bool("loud")
		must(b, err)
	}
}

func BenchmarkDecidePairs(b *testing.B) {
	client := benchmarkClient(b)
	var buffer [5]opttrack.Pair
	for b.Loop() {
		_, err := client.Decide("greeting", userByPairs(&buffer), opttrack.DisableDecisionEvent)
		must(b, err)
	}
}
