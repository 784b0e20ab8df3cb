// Visitors keep their variation by way of Redis: `go-redis DATAFILE REDIS-ADDRESS VISITOR [COLLECTOR-URL]` prints the
// visitor's variation, and stores it for every process that asks the same Redis.
//
//	go build -o go-redis .
package main

import (
	"fmt"
	"os"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
	"github.com/redis/go-redis/v9"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: go-redis DATAFILE REDIS-ADDRESS VISITOR [COLLECTOR-URL]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path, address, visitor string, collectorURL []string) error {
	datafile, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	database := redis.NewClient(&redis.Options{Addr: address})
	defer database.Close()
	options := []opttrack.Option{
		opttrack.WithDatafile(datafile),
		opttrack.WithUserProfileService(profiles{database}),
	}
	for _, url := range collectorURL {
		options = append(options, opttrack.WithEventEndpoint(url))
	}
	client, err := opttrack.New(options...)
	if err != nil {
		return err
	}
	// Whatever fails below: what was accepted by then is delivered. A second Close only repeats the first one's answer.
	defer client.Close()

	user := opttrack.User{ID: visitor, Attributes: opttrack.Attributes{"plan": "gold", "age": 34}}
	decision, err := client.Activate("checkout_button", user)
	if err != nil {
		return err
	}
	fmt.Println("variation:", decision.VariationKey)
	return client.Close()
}
