package opttrack

// The calls that decide.

import "github.com/libopttrack/libopttrack/bindings/go/internal/packed"

// Activate decides which variation of an experiment the user gets, and records the impression of it. Where there is no
// variation, VariationKey is empty and there is no impression.
//
// Errors: [ErrUnknownExperiment], [ErrPredictionFailed], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) Activate(experimentKey string, user User) (Decision, error) {
	return c.decide(&question{call: packed.Activate, key: experimentKey, user: &user})
}

// GetVariation decides as [Client.Activate] does, and records nothing.
//
// Errors: as Activate.
func (c *Client) GetVariation(experimentKey string, user User) (Decision, error) {
	return c.decide(&question{call: packed.GetVariation, key: experimentKey, user: &user})
}

// Decide decides a flag for the user, and records the impression where one is due. It waits for nothing but a prediction
// that a rule with a contextual bandit needs, and a [ProfileService] of the host's; [NoWait] and
// [IgnoreUserProfileService] do without.
//
// With [ErrUnknownFlag], [ErrNotReady] and [ErrPredictionFailed] the decision is good as well: no variation, not enabled,
// and its reasons say why. Other errors: [ErrInvalidArgument] (an option that this version does not know),
// [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) Decide(flagKey string, user User, options ...DecideOption) (Decision, error) {
	return c.decide(&question{call: packed.Decide, options: sum(options), key: flagKey, user: &user})
}

// DecideForKeys decides the flags of these keys as [Client.Decide] does, all by one datafile and each key once, in the
// order of the keys. What could not be decided is in it as well; its [Decision.Err] says why.
//
// Errors, with which there are no decisions: [ErrNotReady], [ErrInvalidArgument] (an option that this version does not
// know), [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) DecideForKeys(flagKeys []string, user User, options ...DecideOption) (Decisions, error) {
	return c.decideSeveral(&question{call: packed.DecideForKeys, options: sum(options), keys: flagKeys, user: &user})
}

// DecideAll decides all flags of the datafile, in its order, as [Client.DecideForKeys] does.
//
// Errors: as DecideForKeys.
func (c *Client) DecideAll(user User, options ...DecideOption) (Decisions, error) {
	return c.decideSeveral(&question{call: packed.DecideAll, options: sum(options), user: &user})
}

// IsFeatureEnabled says whether the flag is on for the user. It decides as [Client.Decide] does, but for forced decisions
// and the default options, and records the impression where one is due; Decide also tells what became of that.
//
// Errors, with which it is false: [ErrUnknownFlag], [ErrPredictionFailed], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed],
// [ErrInternal].
func (c *Client) IsFeatureEnabled(flagKey string, user User) (bool, error) {
	decision, err := c.decide(&question{call: packed.IsFeatureEnabled, key: flagKey, user: &user})
	return decision.Enabled && err == nil, err
}

// GetEnabledFeatures gives the keys of all flags that are on for the user, in the datafile's order. It decides each as
// [Client.IsFeatureEnabled] does, all by one datafile, and records the impressions that are due, also of flags that are
// off; those refused are counted in [Stats].
//
// Errors: [ErrNotReady], [ErrInvalidUTF8], [ErrClosed], [ErrInternal].
func (c *Client) GetEnabledFeatures(user User) ([]string, error) {
	answer, err := c.ask(&question{call: packed.GetEnabledFeatures, user: &user})
	if err != nil {
		return nil, err
	}
	keys := answer.Body.Texts()
	_ = answer.Body.Long() // the number of impressions refused, which the statistics have too
	if !answer.Body.Ended() {
		return nil, errorAnswer(nil)
	}
	return keys, nil
}

func (c *Client) decide(q *question) (Decision, error) {
	answer, err := c.ask(q)
	if err != nil && !answer.HasBody {
		return Decision{}, err
	}
	decided := answer.Body.Decision()
	if !answer.Body.Ended() {
		return Decision{}, errorAnswer(err)
	}
	return decisionOf(decided), err
}

func (c *Client) decideSeveral(q *question) (Decisions, error) {
	answer, err := c.ask(q)
	if err != nil && !answer.HasBody {
		return nil, err
	}
	decisions := make(Decisions, answer.Body.Count(packed.DecisionSize))
	for place := range decisions {
		decisions[place] = decisionOf(answer.Body.Decision())
	}
	if !answer.Body.Ended() {
		return nil, errorAnswer(err)
	}
	return decisions, err
}
