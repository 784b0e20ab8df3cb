package main

// The calls of a question, and their results in JSON's types.

import (
	"errors"
	"fmt"
	"strings"

	opttrack "github.com/libopttrack/libopttrack/bindings/go"
)

// make makes the call, and gives its result in JSON's types.
func (c *call) make(client *opttrack.Client) (any, error) {
	switch c.Op {
	case "decide":
		decision, err := client.Decide(c.Flag, c.user, c.options)
		return decided(decision), err
	case "decide_for_keys":
		decisions, err := client.DecideForKeys(c.Flags, c.user, c.options)
		return byFlag(decisions), err
	case "decide_all":
		decisions, err := client.DecideAll(c.user, c.options)
		return byFlag(decisions), err
	case "track", "track_event":
		return nil, client.Track(c.Event, c.user, c.Tags)
	case "activate":
		decision, err := client.Activate(c.Experiment, c.user)
		return orNull(decision.VariationKey), err
	case "get_variation":
		decision, err := client.GetVariation(c.Experiment, c.user)
		return orNull(decision.VariationKey), err
	case "get_forced_variation":
		variation, err := client.GetForcedVariation(c.Experiment, c.User)
		return orNull(variation), err
	case "is_feature_enabled":
		return client.IsFeatureEnabled(c.Flag, c.user)
	case "get_enabled_features":
		keys, err := client.GetEnabledFeatures(c.user)
		return append([]string{}, keys...), err
	case "all_variables":
		variables, err := client.GetAllFeatureVariables(c.Flag, c.user)
		if err != nil && !errors.Is(err, opttrack.ErrPartial) {
			return nil, err
		}
		return variables, err
	case "variable":
		return c.variable(client)
	case "optimizely_config":
		config, err := client.OptimizelyConfig()
		if err != nil {
			return nil, err
		}
		return config, nil
	}
	return nil, fmt.Errorf("there is no call %q", c.Op)
}

func (c *call) variable(client *opttrack.Client) (value any, err error) {
	switch c.Type {
	case "boolean":
		value, err = client.GetFeatureVariableBoolean(c.Flag, c.Variable, c.user)
	case "integer":
		value, err = client.GetFeatureVariableInteger(c.Flag, c.Variable, c.user)
	case "double":
		value, err = client.GetFeatureVariableDouble(c.Flag, c.Variable, c.user)
	case "string":
		value, err = client.GetFeatureVariableString(c.Flag, c.Variable, c.user)
	case "json":
		value, err = client.GetFeatureVariableJSON(c.Flag, c.Variable, c.user)
	case "any":
		var variable opttrack.Variable
		variable, err = client.GetFeatureVariable(c.Flag, c.Variable, c.user)
		value = variable.JSON
	default:
		err = fmt.Errorf("there is no type of variables %q", c.Type)
	}
	if err != nil {
		return nil, err
	}
	return value, nil
}

func decided(decision opttrack.Decision) map[string]any {
	return map[string]any{
		"flag":         decision.FlagKey,
		"rule":         orNull(decision.RuleKey),
		"variation":    orNull(decision.VariationKey),
		"enabled":      decision.Enabled,
		"variables":    decision.Variables,
		"reasons":      append([]string{}, decision.Reasons...),
		"event_status": strings.ToUpper(strings.ReplaceAll(decision.Event.String(), " ", "_")),
	}
}

func byFlag(decisions opttrack.Decisions) map[string]any {
	flags := map[string]any{}
	for key, decision := range decisions.Map() {
		flags[key] = decided(decision)
	}
	return flags
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
