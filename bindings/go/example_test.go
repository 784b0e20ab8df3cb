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
	"os"
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

func ExampleWithJournal() {
	directory, err := os.MkdirTemp("", "events")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	client, err := opttrack.New(
		opttrack.WithDatafile(datafile),
		opttrack.WithJournal(directory, opttrack.JournalWritten),
		opttrack.WithDurability(opttrack.DurabilitySystem),
		opttrack.WithMaxAge(30*24*time.Hour),
		opttrack.WithLogLevel(opttrack.LogOff),
		opttrack.WithEventEndpoint(nowhere), opttrack.WithCloseTimeout(0),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	if err := client.Track("purchase", opttrack.User{ID: "visitor-1"}, nil); err != nil {
		log.Fatal(err)
	}
	// From here on the event survives the process. Whoever can't wait for a second asks the disk:
	err = client.Sync(context.Background())
	fmt.Println(err, client.Stats().Durable)
	// Output: <nil> true
}

func ExampleClient_TrackAt() {
	server := eventsAPI()
	defer server.Close()
	client, err := opttrack.New(opttrack.WithDatafile(datafile), opttrack.WithEventEndpoint(server.URL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// The job may run again: the Events API counts what has the same uuid once.
	at := time.Date(2025, 11, 28, 9, 30, 0, 0, time.UTC)
	err = client.TrackAt("purchase", opttrack.User{ID: "visitor-1"}, at, "5f0c0c5e-1d3b-4a86-9a5c-0f8a3c1e9b77",
		opttrack.Tags{"revenue": 4200})
	fmt.Println(err)
	// Output: <nil>
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

func ExampleClient_DecideAll() {
	client := exampleClient()
	defer client.Close()

	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "silver", "age": 34}}
	decisions, err := client.DecideAll(user, opttrack.DisableDecisionEvent)
	if err != nil {
		log.Fatal(err)
	}
	for _, decision := range decisions {
		fmt.Println(decision.FlagKey, decision.Enabled)
	}
	shipping, _ := decisions.Find("free_shipping")
	fmt.Println("by", shipping.RuleKey)
	// Output:
	// greeting false
	// free_shipping true
	// dark_mode false
	// by everyone
}

func ExampleVariables() {
	client := exampleClient()
	defer client.Close()

	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	decision, err := client.Decide("greeting", user, opttrack.DisableDecisionEvent)
	if err != nil {
		log.Fatal(err)
	}
	text, err := decision.Variables.String("text")
	fmt.Println(text, err)
	var style struct{ Color string }
	err = decision.Variables.JSON("style", &style)
	fmt.Println(style.Color, err)
	_, err = decision.Variables.Int("width")
	fmt.Println(errors.Is(err, opttrack.ErrUnknownVariable))
	// Output:
	// Good to see you! <nil>
	// red <nil>
	// true
}

func ExampleUser_SetForcedDecision() {
	client := exampleClient()
	defer client.Close()

	tester := opttrack.User{ID: "tester-7"}
	tester.SetForcedDecision("greeting", "", "cool")
	decision, err := client.Decide("greeting", tester, opttrack.DisableDecisionEvent)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.VariationKey)
	// Output: cool
}

func ExampleWithPredictor() {
	predictor := opttrack.PredictorFunc(
		func(ctx context.Context, request opttrack.PredictionRequest) (string, error) {
			// A model of one's own would look at request.Body; this one always likes "cool" best.
			return "4005", nil
		})
	client, err := opttrack.New(
		opttrack.WithDatafile(bandits), opttrack.WithPredictor(predictor), opttrack.WithLogLevel(opttrack.LogOff))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	decision, err := client.Decide("greeting", user, opttrack.DisableDecisionEvent)
	fmt.Println(decision.VariationKey, err)
	// Output: cool <nil>
}

func ExampleClient_AddListener() {
	client := exampleClient()
	defer client.Close()

	remove, err := client.AddListener(opttrack.NotifyDecision, func(told opttrack.Notification) {
		decision, err := told.Decision()
		if err != nil {
			log.Print(err)
			return
		}
		fmt.Println(decision.Type, told.Key, decision.Info["variationKey"])
	})
	if err != nil {
		log.Fatal(err)
	}
	defer remove()

	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	if _, err := client.Decide("greeting", user, opttrack.DisableDecisionEvent); err != nil {
		log.Fatal(err)
	}
	// Output: flag greeting warm
}

func ExampleClient_OptimizelyConfig() {
	client := exampleClient()
	defer client.Close()

	config, err := client.OptimizelyConfig()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("revision", config.Revision)
	for _, rule := range config.FeaturesMap["greeting"].ExperimentRules {
		fmt.Println(rule.Key, "for", rule.Audiences)
	}
	// Output:
	// revision 7
	// gold_greeting for "gold members of age"
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
