package opttrack

// Forced decisions, which belong to a user and not to a client.

// ForcedDecision says which variation a flag decides for a user, whatever the datafile says.
type ForcedDecision struct {
	// FlagKey is the flag.
	FlagKey string
	// RuleKey is the rule of the flag that decides so. Empty: the flag as a whole, before any rule is looked at.
	RuleKey string
	// VariationKey is the variation, any one of the flag's. If the datafile has none of that key, the decision is made as
	// if nothing were forced.
	VariationKey string
}

// SetForcedDecision forces the variation on this user for a flag, or for one rule of it unless ruleKey is empty. It takes
// the place of what was forced there before. Only [Client.Decide], [Client.DecideForKeys] and [Client.DecideAll] look at
// forced decisions.
//
// Copies of the user that were made before keep what they had.
func (u *User) SetForcedDecision(flagKey, ruleKey, variationKey string) {
	u.ForcedDecisions = append(u.forcedBut(flagKey, ruleKey), ForcedDecision{flagKey, ruleKey, variationKey})
}

// GetForcedDecision gives the variation that is forced on this user for a flag, or for one rule of it; false if none is.
func (u *User) GetForcedDecision(flagKey, ruleKey string) (variationKey string, found bool) {
	for place := len(u.ForcedDecisions) - 1; place >= 0; place-- {
		if forced := &u.ForcedDecisions[place]; forced.FlagKey == flagKey && forced.RuleKey == ruleKey {
			return forced.VariationKey, true
		}
	}
	return "", false
}

// RemoveForcedDecision ends what is forced on this user for a flag, or for one rule of it; false if nothing was.
func (u *User) RemoveForcedDecision(flagKey, ruleKey string) bool {
	rest := u.forcedBut(flagKey, ruleKey)
	removed := len(rest) < len(u.ForcedDecisions)
	u.ForcedDecisions = rest
	return removed
}

// RemoveAllForcedDecisions ends everything that is forced on this user.
func (u *User) RemoveAllForcedDecisions() {
	u.ForcedDecisions = nil
}

// forcedBut is a new list of all forced decisions but those for one flag or rule, with room for one more.
func (u *User) forcedBut(flagKey, ruleKey string) []ForcedDecision {
	rest := make([]ForcedDecision, 0, len(u.ForcedDecisions)+1)
	for _, forced := range u.ForcedDecisions {
		if forced.FlagKey != flagKey || forced.RuleKey != ruleKey {
			rest = append(rest, forced)
		}
	}
	return rest
}
