// The quick start in Go: decide a variation, count a purchase, deliver both. `quickstart DATAFILE [COLLECTOR-URL]`
//
//	go build -o quickstart .
package main

import (
	"fmt"
	"os"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: quickstart DATAFILE [COLLECTOR-URL]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string, collectorURL []string) error {
	datafile, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	options := []opttrack.Option{opttrack.WithDatafile(datafile)}
	for _, url := range collectorURL {
		options = append(options, opttrack.WithEventEndpoint(url))
	}
	client, err := opttrack.New(options...)
	if err != nil {
		return err
	}
	// Whatever fails below: what was accepted by then is delivered. A second Close only repeats the first one's answer.
	defer client.Close()

	// The decision is the visitor's from here on; its impression is on the way.
	user := opttrack.User{ID: "visitor-1", Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	decision, err := client.Activate("checkout_button", user)
	if err != nil {
		return err
	}
	fmt.Println("variation:", decision.VariationKey)

	if err := client.Track("purchase", user, opttrack.Tags{"revenue": 4999, "currency": "EUR"}); err != nil {
		return err
	}

	// Close waits until all of it is delivered, and says if it could not be.
	if err := client.Close(); err != nil {
		return err
	}
	fmt.Println("delivered:", client.Stats().Delivered)
	return nil
}
