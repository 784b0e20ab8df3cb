// Command official runs the official Go SDK as a contestant of the benchmarks.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/optimizely/go-sdk/v2/pkg/client"
	"github.com/optimizely/go-sdk/v2/pkg/config"
	"github.com/optimizely/go-sdk/v2/pkg/decide"
	"github.com/optimizely/go-sdk/v2/pkg/entities"
	"github.com/optimizely/go-sdk/v2/pkg/event"
	"opttrack.local/bench/contest"
)

const module = "github.com/optimizely/go-sdk/v2"

type official struct {
	endpoint string
	settings contest.Settings
	client   *client.OptimizelyClient
}

// create makes the client that StaticClient makes, with its own defaults but for the settings; the endpoint is ours.
func create(datafile []byte, endpoint string, settings contest.Settings) (*client.OptimizelyClient, error) {
	manager := config.NewStaticProjectConfigManagerWithOptions("", config.WithInitialDatafile(datafile))
	if manager == nil {
		return nil, fmt.Errorf("the datafile was refused")
	}
	processor := event.NewBatchEventProcessor(
		event.WithBatchSize(settings.Number("batch", event.DefaultBatchSize)),
		event.WithQueueSize(settings.Number("queue", event.DefaultEventQueueSize)),
		event.WithFlushInterval(event.DefaultEventFlushInterval),
		event.WithEventEndPoint(endpoint),
	)
	factory := client.OptimizelyFactory{Datafile: datafile}
	return factory.Client(client.WithConfigManager(manager), client.WithEventProcessor(processor))
}

// Version is that of the module built in; the SDK's own constant lags behind its releases.
func (o *official) Version() string {
	build, known := debug.ReadBuildInfo()
	if known {
		for _, dependency := range build.Deps {
			if dependency.Path == module {
				return dependency.Version[len("v"):]
			}
		}
	}
	return "unknown"
}

func (o *official) Variations(scenario *contest.Scenario, users []string) ([]*string, error) {
	variations := make([]*string, len(users))
	for place, id := range users {
		user := entities.UserContext{ID: id, Attributes: contest.Map(scenario.Attributes)}
		variation, err := o.client.GetVariation(scenario.Experiment, user)
		if err != nil {
			return nil, err
		}
		if variation != "" {
			variations[place] = &variation
		}
	}
	return variations, nil
}

func (o *official) Track(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := entities.UserContext{ID: id, Attributes: contest.Map(scenario.Attributes)}
		if err := o.client.Track(scenario.Event, user, contest.Map(scenario.Tags)); err != nil {
			return timing, err
		}
		timing.Events++
	}
	watch.Stop(&timing)
	timing.Checksum = timing.Events
	return timing, nil
}

func (o *official) Activate(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := entities.UserContext{ID: id, Attributes: contest.Map(scenario.Attributes)}
		variation, err := o.client.Activate(scenario.Experiment, user)
		if err != nil {
			return timing, err
		}
		if variation != "" {
			timing.Events++
			timing.Checksum += len(variation)
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

// quiet is made anew for each call, as a caller would write it.
func quiet() []decide.OptimizelyDecideOptions {
	return []decide.OptimizelyDecideOptions{decide.DisableDecisionEvent}
}

func (o *official) Decide(scenario *contest.Scenario, flag string, reads bool, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := o.client.CreateUserContext(id, contest.Map(scenario.Attributes))
		decision := user.Decide(flag, quiet())
		timing.Checksum += contest.Count(decision.VariationKey, decision.Enabled)
		if reads && len(decision.Variables.ToMap()) == 0 {
			return timing, fmt.Errorf("the decision has no variables")
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

func (o *official) DecideAll(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := o.client.CreateUserContext(id, contest.Map(scenario.Attributes))
		for _, decision := range user.DecideAll(quiet()) {
			timing.Checksum += contest.Count(decision.VariationKey, decision.Enabled)
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

func (o *official) IsFeatureEnabled(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := entities.UserContext{ID: id, Attributes: contest.Map(scenario.Attributes)}
		enabled, err := o.client.IsFeatureEnabled(scenario.AudienceFlag, user)
		if err != nil {
			return timing, err
		}
		timing.Checksum += contest.Count("", enabled)
	}
	watch.Stop(&timing)
	// One impression each: an experiment decides for every user, which the runner has checked.
	timing.Events = len(users)
	return timing, nil
}

func (o *official) Decisions(scenario *contest.Scenario, users []string) ([]map[string]contest.Decided, error) {
	all := make([]map[string]contest.Decided, len(users))
	for place, id := range users {
		user := o.client.CreateUserContext(id, contest.Map(scenario.Attributes))
		decisions := user.DecideAll(quiet())
		all[place] = make(map[string]contest.Decided, len(decisions))
		for key, each := range decisions {
			all[place][key] = contest.Decide(each.RuleKey, each.VariationKey, each.Enabled, each.Variables.ToMap())
		}
	}
	return all, nil
}

func (o *official) Load(datafile []byte, count int) (contest.Timing, error) {
	timing := contest.Timing{Count: count}
	for turn := 0; turn < count; turn++ {
		watch := contest.Start()
		loaded, err := create(datafile, o.endpoint, o.settings)
		watch.Stop(&timing)
		if err != nil {
			return timing, err
		}
		if loaded.GetOptimizelyConfig() != nil {
			timing.Checksum++
		}
		loaded.Close()
	}
	return timing, nil
}

// Flush has nothing to call: full batches leave by themselves, the rest at close.
func (o *official) Flush() error { return nil }

func (o *official) Close() error {
	o.client.Close()
	return nil
}

func serve(path, endpoint string, settings contest.Settings) error {
	datafile, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	created, err := create(datafile, endpoint, settings)
	if err != nil {
		return err
	}
	return contest.Serve(&official{endpoint: endpoint, settings: settings, client: created})
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: official DATAFILE ENDPOINT [NAME=VALUE]...")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2], contest.ReadSettings(os.Args[3:])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
