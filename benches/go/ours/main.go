// Command ours runs libopttrack through its Go module as a contestant of the benchmarks.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
	"opttrack.local/bench/contest"
)

const (
	flushDeadline = 10 * time.Second
	queueBytes    = 1 << 30
)

type ours struct {
	endpoint string
	settings contest.Settings
	client   *opttrack.Client
}

// create makes a client with default options but for the settings.
func create(datafile []byte, endpoint string, settings contest.Settings) (*opttrack.Client, error) {
	options := []opttrack.Option{opttrack.WithDatafile(datafile), opttrack.WithEventEndpoint(endpoint)}
	if batch := settings.Number("batch", 0); batch > 0 {
		options = append(options, opttrack.WithBatchSize(batch))
	}
	if queue := settings.Number("queue", 0); queue > 0 {
		options = append(options, opttrack.WithQueueLimit(queueBytes, uint64(queue)))
	}
	if directory := settings["journal"]; directory != "" {
		options = append(options, opttrack.WithJournal(directory, opttrack.JournalWritten))
	}
	return opttrack.New(options...)
}

func (o *ours) Version() string {
	version, err := opttrack.Version()
	if err != nil {
		return err.Error()
	}
	return version
}

func (o *ours) Variations(scenario *contest.Scenario, users []string) ([]*string, error) {
	variations := make([]*string, len(users))
	for place, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		decision, err := o.client.GetVariation(scenario.Experiment, user)
		if err != nil {
			return nil, err
		}
		if decision.VariationKey != "" {
			variations[place] = &decision.VariationKey
		}
	}
	return variations, nil
}

func (o *ours) Track(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		if err := o.client.Track(scenario.Event, user, contest.Map(scenario.Tags)); err != nil {
			return timing, err
		}
		timing.Events++
	}
	watch.Stop(&timing)
	timing.Checksum = timing.Events
	return timing, nil
}

func (o *ours) Activate(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		decision, err := o.client.Activate(scenario.Experiment, user)
		if err != nil {
			return timing, err
		}
		timing.Checksum += len(decision.VariationKey)
		if decision.Event == opttrack.EventAccepted {
			timing.Events++
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

func (o *ours) Decide(scenario *contest.Scenario, flag string, reads bool, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		decision, err := o.client.Decide(flag, user, opttrack.DisableDecisionEvent)
		if err != nil {
			return timing, err
		}
		timing.Checksum += contest.Count(decision.VariationKey, decision.Enabled)
		if reads && len(decision.Variables.Map()) == 0 {
			return timing, fmt.Errorf("the decision has no variables")
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

func (o *ours) DecideAll(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		decisions, err := o.client.DecideAll(user, opttrack.DisableDecisionEvent)
		if err != nil {
			return timing, err
		}
		for place := range decisions {
			timing.Checksum += contest.Count(decisions[place].VariationKey, decisions[place].Enabled)
		}
	}
	watch.Stop(&timing)
	return timing, nil
}

func (o *ours) IsFeatureEnabled(scenario *contest.Scenario, users []string) (contest.Timing, error) {
	timing := contest.Timing{Count: len(users)}
	watch := contest.Start()
	for _, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
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

func (o *ours) Decisions(scenario *contest.Scenario, users []string) ([]map[string]contest.Decided, error) {
	all := make([]map[string]contest.Decided, len(users))
	for place, id := range users {
		user := opttrack.User{ID: id, Attributes: contest.Map(scenario.Attributes)}
		decisions, err := o.client.DecideAll(user, opttrack.DisableDecisionEvent)
		if err != nil {
			return nil, err
		}
		all[place] = make(map[string]contest.Decided, len(decisions))
		for _, each := range decisions {
			all[place][each.FlagKey] = contest.Decide(each.RuleKey, each.VariationKey, each.Enabled, each.Variables.Map())
		}
	}
	return all, nil
}

func (o *ours) Load(datafile []byte, count int) (contest.Timing, error) {
	timing := contest.Timing{Count: count}
	for turn := 0; turn < count; turn++ {
		watch := contest.Start()
		loaded, err := create(datafile, o.endpoint, o.settings)
		watch.Stop(&timing)
		if err != nil {
			return timing, err
		}
		timing.Checksum++
		if err := loaded.Close(); err != nil {
			return timing, err
		}
	}
	return timing, nil
}

func (o *ours) Flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), flushDeadline)
	defer cancel()
	return o.client.Flush(ctx)
}

func (o *ours) Close() error { return o.client.Close() }

func serve(path, endpoint string, settings contest.Settings) error {
	datafile, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	created, err := create(datafile, endpoint, settings)
	if err != nil {
		return err
	}
	return contest.Serve(&ours{endpoint: endpoint, settings: settings, client: created})
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: ours DATAFILE ENDPOINT [NAME=VALUE]...")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2], contest.ReadSettings(os.Args[3:])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
