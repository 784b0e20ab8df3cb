// Package contest speaks the line protocol of benches/README.md for the contestants written in Go.
package contest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Pair is one attribute or tag of the scenario, its value typed.
type Pair struct {
	Key   string
	Value any
}

// Scenario says which calls are made and with what.
type Scenario struct {
	Event, Experiment  string
	Flag, AudienceFlag string
	Attributes, Tags   []Pair
}

// Timing answers a timed command: what was done, how long the calling thread took, and how many events should arrive.
type Timing struct {
	Count    int   `json:"count"`
	WallNS   int64 `json:"wall_ns"`
	CPUNS    int64 `json:"cpu_ns"`
	Events   int   `json:"events"`
	Checksum int   `json:"checksum"`
}

// Decided is what contestants are compared by: rule key, variation key, is the flag on, variables. None is null.
type Decided [4]any

// Decide makes one of those; empty keys are none.
func Decide(ruleKey, variationKey string, enabled bool, variables map[string]any) Decided {
	return Decided{orNull(ruleKey), orNull(variationKey), enabled, variables}
}

func orNull(key string) any {
	if key == "" {
		return nil
	}
	return key
}

// Count is what every contestant counts of a decision: the bytes of its variation key, and one if the flag is on.
func Count(variationKey string, enabled bool) int {
	if enabled {
		return len(variationKey) + 1
	}
	return len(variationKey)
}

// Contestant is one SDK at work. The users are named before the clock starts; all else happens inside it.
type Contestant interface {
	Version() string
	Variations(scenario *Scenario, users []string) ([]*string, error)
	Track(scenario *Scenario, users []string) (Timing, error)
	Activate(scenario *Scenario, users []string) (Timing, error)
	// Decide decides one flag for each user without an impression; with `reads`, all variables are read, too.
	Decide(scenario *Scenario, flag string, reads bool, users []string) (Timing, error)
	DecideAll(scenario *Scenario, users []string) (Timing, error)
	IsFeatureEnabled(scenario *Scenario, users []string) (Timing, error)
	// Decisions are all decisions of each user by flag, to be compared.
	Decisions(scenario *Scenario, users []string) ([]map[string]Decided, error)
	Load(datafile []byte, count int) (Timing, error)
	Flush() error
	Close() error
}

// Taken before main runs, for an SDK logs from the making of its client on.
var output, outputError = takeStandardOutput()

// Serve answers commands from standard input until it ends.
func Serve(contestant Contestant) error {
	if outputError != nil {
		return outputError
	}
	answers := json.NewEncoder(output)
	scenario := &Scenario{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		known, err := scenario.take(fields)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		answer, err := run(contestant, scenario, fields)
		if err != nil {
			return fmt.Errorf("%s: %w", fields[0], err)
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// takeStandardOutput keeps standard output for the protocol: what an SDK logs there by default is still written, but to nowhere.
func takeStandardOutput() (*os.File, error) {
	kept, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer nowhere.Close()
	return os.NewFile(uintptr(kept), "protocol"), syscall.Dup3(int(nowhere.Fd()), 1, 0)
}

func run(contestant Contestant, scenario *Scenario, fields []string) (any, error) {
	switch fields[0] {
	case "hello":
		return map[string]string{"version": contestant.Version(), "runtime": runtimeName()}, nil
	case "flush":
		return struct{}{}, contestant.Flush()
	case "close":
		return struct{}{}, contestant.Close()
	case "load":
		return load(contestant, fields)
	}
	users, err := users(fields)
	if err != nil {
		return nil, err
	}
	switch fields[0] {
	case "variations":
		variations, err := contestant.Variations(scenario, users)
		return map[string][]*string{"variations": variations}, err
	case "track":
		return contestant.Track(scenario, users)
	case "activate":
		return contestant.Activate(scenario, users)
	case "decide":
		return contestant.Decide(scenario, scenario.Flag, false, users)
	case "decide_audience":
		return contestant.Decide(scenario, scenario.AudienceFlag, false, users)
	case "decide_variables":
		return contestant.Decide(scenario, scenario.Flag, true, users)
	case "decide_all":
		return contestant.DecideAll(scenario, users)
	case "is_feature_enabled":
		return contestant.IsFeatureEnabled(scenario, users)
	case "decisions":
		decisions, err := contestant.Decisions(scenario, users)
		return map[string][]map[string]Decided{"decisions": decisions}, err
	}
	return nil, fmt.Errorf("no such command")
}

func load(contestant Contestant, fields []string) (any, error) {
	datafile, err := os.ReadFile(fields[1])
	if err != nil {
		return nil, err
	}
	count, err := strconv.Atoi(fields[2])
	if err != nil {
		return nil, err
	}
	return contestant.Load(datafile, count)
}

func users(fields []string) ([]string, error) {
	if len(fields) != 3 {
		return nil, fmt.Errorf("first user and count expected")
	}
	first, err := strconv.Atoi(fields[1])
	if err != nil {
		return nil, err
	}
	count, err := strconv.Atoi(fields[2])
	if err != nil {
		return nil, err
	}
	users := make([]string, count)
	for place := range users {
		users[place] = fmt.Sprintf("user-%d", first+place)
	}
	return users, nil
}

// take reads one line of the scenario and tells whether it was one.
func (s *Scenario) take(fields []string) (bool, error) {
	switch fields[0] {
	case "names":
		s.Event, s.Experiment, s.Flag, s.AudienceFlag = fields[1], fields[2], fields[3], fields[4]
		return true, nil
	case "attribute", "tag":
		value, err := parse(fields[2], fields[3])
		if err != nil {
			return true, err
		}
		pairs := &s.Attributes
		if fields[0] == "tag" {
			pairs = &s.Tags
		}
		*pairs = append(*pairs, Pair{fields[1], value})
		return true, nil
	}
	return false, nil
}

func parse(kind, text string) (any, error) {
	switch kind {
	case "int":
		return strconv.ParseInt(text, 10, 64)
	case "double":
		return strconv.ParseFloat(text, 64)
	case "bool":
		return strconv.ParseBool(text)
	}
	return text, nil
}

// Map builds the map that an SDK is given, anew for each call.
func Map(pairs []Pair) map[string]any {
	built := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		built[pair.Key] = pair.Value
	}
	return built
}
