// One client of the SDK and the calls made on it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/optimizely/go-sdk/v2/pkg/client"
	"github.com/optimizely/go-sdk/v2/pkg/config"
	"github.com/optimizely/go-sdk/v2/pkg/decide"
	"github.com/optimizely/go-sdk/v2/pkg/decision"
	"github.com/optimizely/go-sdk/v2/pkg/entities"
	"github.com/optimizely/go-sdk/v2/pkg/logging"
)

type session struct {
	sdk      *client.OptimizelyClient
	events   *collector
	profiles *profiles
}

func newSession(asked question, events *collector) (*session, error) {
	text, err := os.ReadFile(asked.Datafile)
	if err != nil {
		return nil, err
	}
	logger := logging.GetLogger("", "differential")
	project, err := config.NewStaticProjectConfigManagerFromPayload(text, logger)
	if err != nil {
		return nil, err
	}
	made := &session{events: events}
	options := []client.OptionFunc{
		client.WithConfigManager(project),
		client.WithEventProcessor(events),
		client.WithOdpDisabled(true),
		client.WithExperimentOverrides(overrides(asked.ForcedVariations)),
	}
	if asked.Profile != nil {
		made.profiles = newProfiles(asked)
		options = append(options, client.WithUserProfileService(made.profiles))
	}
	if asked.CmabEndpoint != "" {
		options = append(options, client.WithCmabConfig(&client.CmabConfig{PredictionEndpointTemplate: asked.CmabEndpoint}))
	}
	factory := client.OptimizelyFactory{}
	made.sdk, err = factory.Client(options...)
	return made, err
}

func (s *session) close() { s.sdk.Close() }

// overrides is the store that takes the place of forced variations, which this SDK's client lacks.
func overrides(forced [][]*string) *decision.MapExperimentOverridesStore {
	store := decision.NewMapExperimentOverridesStore()
	for _, one := range forced {
		key := decision.ExperimentOverrideKey{ExperimentKey: *one[0], UserID: *one[1]}
		if one[2] == nil {
			store.RemoveVariation(key)
		} else {
			store.SetVariation(key, *one[2])
		}
	}
	return store
}

// profiles is a user profile service that knows the profile of one user, and remembers what was last saved for that user.
type profiles struct {
	user  string
	known decision.UserProfile
	saved *decision.UserProfile
}

// profileJSON is a profile as the other SDKs write it.
type profileJSON struct {
	UserID string                       `json:"user_id"`
	Map    map[string]map[string]string `json:"experiment_bucket_map"`
}

func newProfiles(asked question) *profiles {
	var written profileJSON
	made := &profiles{user: asked.ProfileUser}
	if json.Unmarshal(asked.Profile, &written) == nil && written.Map != nil {
		made.known = decision.UserProfile{ID: written.UserID, ExperimentBucketMap: map[decision.UserDecisionKey]string{}}
		for experiment, entry := range written.Map {
			made.known.ExperimentBucketMap[decision.NewUserDecisionKey(experiment)] = entry["variation_id"]
		}
	}
	return made
}

func (p *profiles) Lookup(user string) decision.UserProfile {
	if user != p.user {
		return decision.UserProfile{}
	}
	copied := decision.UserProfile{ID: p.known.ID, ExperimentBucketMap: map[decision.UserDecisionKey]string{}}
	for key, variation := range p.known.ExperimentBucketMap {
		copied.ExperimentBucketMap[key] = variation
	}
	return copied
}

func (p *profiles) Save(profile decision.UserProfile) {
	if profile.ID == p.user {
		p.saved = &profile
	}
}

func (s *session) saved() any {
	if s.profiles == nil || s.profiles.saved == nil {
		return nil
	}
	written := profileJSON{UserID: s.profiles.saved.ID, Map: map[string]map[string]string{}}
	for key, variation := range s.profiles.saved.ExperimentBucketMap {
		written.Map[key.ExperimentID] = map[string]string{key.Field: variation}
	}
	return written
}

// answer makes a call; a panic of the SDK is an answer too.
func (s *session) answer(one call) (result callAnswer) {
	defer func() {
		if trouble := recover(); trouble != nil {
			sent, _ := s.events.take()
			result = callAnswer{Status: "ERROR", Message: fmt.Sprint(trouble), Events: sent}
		}
	}()
	value, err := s.call(one)
	result = callAnswer{Status: "OK", Result: encodable(value)}
	if err != nil {
		result.Status, result.Message = "FAILED", err.Error()
	}
	result.Events, err = s.events.take()
	if err != nil {
		result.Status, result.Message = "ERROR", err.Error()
	}
	return result
}

func (s *session) call(one call) (any, error) {
	user := entities.UserContext{ID: one.User, Attributes: one.Attrs}
	switch one.Op {
	case "decide":
		context := s.context(one)
		return decided(context.Decide(one.Flag, options(one.Options))), nil
	case "decide_for_keys":
		context := s.context(one)
		return allDecided(context.DecideForKeys(one.Flags, options(one.Options))), nil
	case "decide_all":
		context := s.context(one)
		return allDecided(context.DecideAll(options(one.Options))), nil
	case "track_event":
		context := s.context(one)
		return nil, context.TrackEvent(one.Event, one.Tags)
	case "track":
		return nil, s.sdk.Track(one.Event, user, one.Tags)
	case "activate":
		key, err := s.sdk.Activate(one.Experiment, user)
		return orNone(key), err
	case "get_variation":
		key, err := s.sdk.GetVariation(one.Experiment, user)
		return orNone(key), err
	case "is_feature_enabled":
		return s.sdk.IsFeatureEnabled(one.Flag, user)
	case "get_enabled_features":
		keys, err := s.sdk.GetEnabledFeatures(user)
		if keys == nil {
			keys = []string{}
		}
		return keys, err
	case "all_variables":
		return s.allVariables(one, user)
	case "variable":
		return s.variable(one, user)
	default:
		return nil, fmt.Errorf("this SDK has no %s", one.Op)
	}
}

func (s *session) context(one call) *client.OptimizelyUserContext {
	context := s.sdk.CreateUserContext(one.User, one.Attrs)
	if one.Segments != nil {
		context.SetQualifiedSegments(*one.Segments)
	}
	for _, forced := range one.ForcedDecisions {
		key := decision.OptimizelyDecisionContext{FlagKey: *forced[0]}
		if forced[1] != nil {
			key.RuleKey = *forced[1]
		}
		context.SetForcedDecision(key, decision.OptimizelyForcedDecision{VariationKey: *forced[2]})
	}
	return &context
}

func (s *session) allVariables(one call, user entities.UserContext) (any, error) {
	all, err := s.sdk.GetAllFeatureVariables(one.Flag, user)
	if err != nil || all == nil {
		return nil, err
	}
	return all.ToMap(), nil
}

// variable asks the typed getter, or for any type reads the text that the untyped one gives; none if that fails.
func (s *session) variable(one call, user entities.UserContext) (any, error) {
	var value any
	var err error
	switch one.Type {
	case "boolean":
		value, err = s.sdk.GetFeatureVariableBoolean(one.Flag, one.Variable, user)
	case "integer":
		value, err = s.sdk.GetFeatureVariableInteger(one.Flag, one.Variable, user)
	case "double":
		value, err = s.sdk.GetFeatureVariableDouble(one.Flag, one.Variable, user)
	case "string":
		value, err = s.sdk.GetFeatureVariableString(one.Flag, one.Variable, user)
	case "json":
		object, failed := s.sdk.GetFeatureVariableJSON(one.Flag, one.Variable, user)
		if err = failed; err == nil && object != nil {
			value = object.ToMap()
		}
	default:
		var text string
		var kind entities.VariableType
		text, kind, err = s.sdk.GetFeatureVariable(one.Flag, one.Variable, user)
		if err == nil && kind != "" {
			value, err = typed(text, kind)
		}
	}
	if err != nil {
		return nil, err
	}
	return value, nil
}

func orNone(key string) any {
	if key == "" {
		return nil
	}
	return key
}

func options(names []string) []decide.OptimizelyDecideOptions {
	translated, _ := decide.TranslateOptions(names)
	return translated
}

func decided(made client.OptimizelyDecision) map[string]any {
	var variables any
	if made.Variables != nil {
		variables = made.Variables.ToMap()
	}
	reasons := made.Reasons
	if reasons == nil {
		reasons = []string{}
	}
	return map[string]any{
		"flag": orNone(made.FlagKey), "rule": orNone(made.RuleKey), "variation": orNone(made.VariationKey),
		"enabled": made.Enabled, "variables": variables, "reasons": reasons,
	}
}

func allDecided(made map[string]client.OptimizelyDecision) map[string]any {
	all := make(map[string]any, len(made))
	for key, one := range made {
		all[key] = decided(one)
	}
	return all
}
