//go:build cgo

package opttrack_test

// The examples of the documentation. They run against a server that takes every event.

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// eventsAPI stands in for Optimizely's in the examples.
func eventsAPI() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.WriteHeader(http.StatusNoContent)
	}))
}

// exampleClient decides by the datafile of a small shop.
func exampleClient() *opttrack.Client {
	client, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithLogLevel(opttrack.LogOff))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func Example() {
	server := eventsAPI()
	defer server.Close()

	client, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithEventEndpoint(server.URL))
	if err != nil {
		log.Fatal(err)
	}
	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}

	decision, err := client.Activate("checkout_button", user)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("variation:", decision.VariationKey)

	if err := client.Track("purchase", user, opttrack.Tags{"revenue": 4200, "method": "card"}); err != nil {
		log.Fatal(err)
	}
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("delivered:", client.Stats().Delivered)
	// Output:
	// variation: green
	// delivered: 2
}

func ExampleNew() {
	client, err := opttrack.New(
		opttrack.WithDatafile(datafile),
		opttrack.WithBatchSize(100),
		opttrack.WithFlushInterval(5*time.Second),
		opttrack.WithCloseTimeout(30*time.Second),
		opttrack.WithLogLevel(opttrack.LogError),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

func ExampleNew_badDatafile() {
	_, err := opttrack.New(opttrack.WithDatafile([]byte(`{"version": "4", "events": 5}`)))
	var failure *opttrack.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Status, "at", failure.Place)
	}
	// Output: INVALID_DATAFILE at events
}

func ExampleClient_Track() {
	client := exampleClient()
	defer client.Close()

	err := client.Track("purchse", opttrack.User{ID: "visitor-1"}, opttrack.Tags{"revenue": 4200})
	if errors.Is(err, opttrack.ErrUnknownEvent) {
		fmt.Println("nothing was recorded: is the key spelled right?")
	}
	// Output: nothing was recorded: is the key spelled right?
}

func ExampleClient_TrackPairs() {
	server := eventsAPI()
	defer server.Close()
	client, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithEventEndpoint(server.URL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	user := opttrack.User{ID: "visitor-1", Pairs: []opttrack.Pair{
		opttrack.String("plan", "gold"), opttrack.Int("age", 34),
	}}
	err = client.TrackPairs("purchase", user, opttrack.Int("revenue", 4200), opttrack.String("method", "card"))
	fmt.Println("error:", err)
	// Output: error: <nil>
}

func ExampleClient_Decide() {
	client := exampleClient()
	defer client.Close()

	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	decision, err := client.Decide("greeting", user, opttrack.DisableDecisionEvent)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %v, by %s: %s\n", decision.FlagKey, decision.Enabled, decision.RuleKey, decision.VariationKey)
	// Output: greeting: true, by gold_greeting: warm
}

func ExampleClient_GetVariation() {
	client := exampleClient()
	defer client.Close()

	for _, plan := range []string{"gold", "silver"} {
		user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": plan, "age": 34}}
		decision, err := client.GetVariation("gold_greeting", user)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %q\n", plan, decision.VariationKey)
	}
	// Output:
	// gold: "warm"
	// silver: ""
}

func ExampleClient_SetForcedVariation() {
	client := exampleClient()
	defer client.Close()

	if err := client.SetForcedVariation("checkout_button", "tester-7", "blue"); err != nil {
		log.Fatal(err)
	}
	decision, err := client.GetVariation("checkout_button", opttrack.User{ID: "tester-7"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.VariationKey)
	// Output: blue
}

func ExampleClient_Shutdown() {
	client := exampleClient()

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := client.Shutdown(ctx); err != nil {
		fmt.Println(err, "lost:", client.Stats().Pending)
	}
	// Output:
}
