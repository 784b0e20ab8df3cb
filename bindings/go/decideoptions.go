package opttrack

// The options of the calls that decide flags.

import (
	"fmt"
	"strings"
)

// DecideOption changes how [Client.Decide], [Client.DecideForKeys] and [Client.DecideAll] go about it. Options add up,
// those of [WithDecideOptions] included: what is on by default can't be switched off for one call.
type DecideOption uint32

// The options, under the names that Optimizely gives them.
const (
	// DisableDecisionEvent records no impression.
	DisableDecisionEvent DecideOption = 1
	// EnabledFlagsOnly leaves flags that are off out of what DecideForKeys and DecideAll return. Their impressions are
	// recorded all the same. Error decisions stay.
	EnabledFlagsOnly DecideOption = 2
	// IgnoreUserProfileService neither looks the user's profile up nor saves it.
	IgnoreUserProfileService DecideOption = 4
	// IncludeReasons fills [Decision].Reasons with every step of the decision, and what explains it.
	IncludeReasons DecideOption = 8
	// ExcludeVariables leaves [Decision].Variables empty.
	ExcludeVariables DecideOption = 16
	// IgnoreCMABCache asks for every prediction anew, and keeps none.
	IgnoreCMABCache DecideOption = 32
	// ResetCMABCache forgets all predictions first.
	ResetCMABCache DecideOption = 64
	// InvalidateUserCMABCache forgets the user's predictions first, for the rules that the decision comes to.
	InvalidateUserCMABCache DecideOption = 128
	// NoWait passes over rules whose decision would wait for a prediction.
	NoWait DecideOption = 256
)

var decideOptionNames = [...]string{
	"DISABLE_DECISION_EVENT", "ENABLED_FLAGS_ONLY", "IGNORE_USER_PROFILE_SERVICE", "INCLUDE_REASONS", "EXCLUDE_VARIABLES",
	"IGNORE_CMAB_CACHE", "RESET_CMAB_CACHE", "INVALIDATE_USER_CMAB_CACHE", "NO_WAIT",
}

// ParseDecideOptions adds up the options of these names, as Optimizely writes them ("INCLUDE_REASONS"), for programs that
// get them as text. A name that is none is [ErrInvalidArgument], and the message names it.
func ParseDecideOptions(names ...string) (DecideOption, error) {
	var all DecideOption
next:
	for _, name := range names {
		for bit, known := range decideOptionNames {
			if name == known {
				all |= 1 << bit
				continue next
			}
		}
		return 0, &Error{
			Status:  StatusInvalidArgument,
			Message: fmt.Sprintf("invalid decide option: %q", name),
			Place:   "decide_options",
		}
	}
	return all, nil
}

// String gives the names that add up to the options, with " | " between them; "0" if there is none.
func (o DecideOption) String() string {
	var names []string
	for bit, name := range decideOptionNames {
		if o&(1<<bit) != 0 {
			names = append(names, name)
			o &^= 1 << bit
		}
	}
	if o != 0 || names == nil {
		names = append(names, fmt.Sprint(uint32(o)))
	}
	return strings.Join(names, " | ")
}

// sum adds options up.
func sum(options []DecideOption) DecideOption {
	var all DecideOption
	for _, option := range options {
		all |= option
	}
	return all
}
