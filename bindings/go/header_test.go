//go:build cgo

package opttrack

// The numbers of this package are those of the header that it is compiled with.

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/libopttrack/libopttrack/bindings/go/internal/capi"
	"github.com/libopttrack/libopttrack/bindings/go/internal/packed"
)

// header is the manual beside this module in the library's tree.
const header = "../../include/opttrack.h"

var (
	statusInHeader   = regexp.MustCompile(`(?m)^\s*OPT_STATUS_([A-Z0-9_]+) = (\d+),`)
	constantInHeader = regexp.MustCompile(`(?m)^#define OPT_((?:VALUE|LOG|DELIVERY|EVENT|DECIDE|PACKED|SOURCE|VARIABLE|NOTIFICATION|JOURNAL|DURABILITY)_[A-Z_]+) (\d+)`)
)

// numbers are what the pattern finds in the header: numbers by name.
func numbers(t *testing.T, pattern *regexp.Regexp) map[string]int {
	t.Helper()
	text, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, match := range pattern.FindAllSubmatch(text, -1) {
		number, err := strconv.Atoi(string(match[2]))
		if err != nil {
			t.Fatal(err)
		}
		found[string(match[1])] = number
	}
	return found
}

func TestStatusesAreThoseOfTheHeader(t *testing.T) {
	found := numbers(t, statusInHeader)
	if len(found) != len(statusNames) {
		t.Errorf("the header has %d statuses, this package %d", len(found), len(statusNames))
	}
	for number, name := range statusNames {
		if got, known := found[name]; !known || got != number {
			t.Errorf("%s is %d here, and in the header %d, %v", name, number, got, known)
		}
		if got := capi.StatusName(int32(number)); got != "OPT_STATUS_"+name {
			t.Errorf("the library calls %s %s", name, got)
		}
	}
}

func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	ours := map[string]int{
		"VALUE_NULL": int(packed.None), "VALUE_BOOL": int(packed.Bool), "VALUE_INT": int(packed.Int),
		"VALUE_DOUBLE": int(packed.Double), "VALUE_STRING": int(packed.Text),
		"LOG_OFF": int(LogOff), "LOG_ERROR": int(LogError), "LOG_WARNING": int(LogWarning),
		"LOG_INFO": int(LogInfo), "LOG_DEBUG": int(LogDebug),
		"DELIVERY_OK": int(DeliveryOK), "DELIVERY_RETRYING": int(DeliveryRetrying), "DELIVERY_HELD": int(DeliveryHeld),
		"EVENT_SUPPRESSED": int(EventSuppressed), "EVENT_ACCEPTED": int(EventAccepted),
		"EVENT_QUEUE_FULL": int(EventQueueFull), "EVENT_CLOSED": int(EventClosed), "EVENT_TOO_LARGE": int(EventTooLarge),
		"DECIDE_DISABLE_DECISION_EVENT": int(DisableDecisionEvent), "DECIDE_ENABLED_FLAGS_ONLY": int(EnabledFlagsOnly),
		"DECIDE_IGNORE_USER_PROFILE_SERVICE": int(IgnoreUserProfileService),
		"DECIDE_INCLUDE_REASONS":             int(IncludeReasons), "DECIDE_EXCLUDE_VARIABLES": int(ExcludeVariables),
		"DECIDE_IGNORE_CMAB_CACHE": int(IgnoreCMABCache), "DECIDE_RESET_CMAB_CACHE": int(ResetCMABCache),
		"DECIDE_INVALIDATE_USER_CMAB_CACHE": int(InvalidateUserCMABCache), "DECIDE_NO_WAIT": int(NoWait),
		"SOURCE_EXPERIMENT": int(SourceExperiment), "SOURCE_FEATURE_TEST": int(SourceFeatureTest),
		"SOURCE_ROLLOUT": int(SourceRollout), "SOURCE_HOLDOUT": int(SourceHoldout),
		"VARIABLE_BOOLEAN": int(VariableBoolean), "VARIABLE_INTEGER": int(VariableInteger),
		"VARIABLE_DOUBLE": int(VariableDouble), "VARIABLE_STRING": int(VariableString), "VARIABLE_JSON": int(VariableJSON),
		"NOTIFICATION_DECISION": int(NotifyDecision), "NOTIFICATION_TRACK": int(NotifyTrack),
		"NOTIFICATION_LOG_EVENT": int(NotifyLogEvent), "NOTIFICATION_CONFIG_UPDATE": int(NotifyConfigUpdate),
		"NOTIFICATION_DEAD_LETTER": int(NotifyDeadLetter), "NOTIFICATION_DROP": int(NotifyDrop), "NOTIFICATION_LOG": int(NotifyLog),
		"JOURNAL_WRITTEN": int(JournalWritten), "JOURNAL_MAPPED": int(JournalMapped),
		"DURABILITY_PROCESS": int(DurabilityProcess), "DURABILITY_SYSTEM": int(DurabilitySystem),
		"PACKED_VERSION": packed.Version,
		"PACKED_TRACK":   int(packed.Track), "PACKED_ACTIVATE": int(packed.Activate),
		"PACKED_GET_VARIATION":        int(packed.GetVariation),
		"PACKED_IS_FEATURE_ENABLED":   int(packed.IsFeatureEnabled),
		"PACKED_GET_ENABLED_FEATURES": int(packed.GetEnabledFeatures), "PACKED_DECIDE": int(packed.Decide),
		"PACKED_DECIDE_FOR_KEYS": int(packed.DecideForKeys), "PACKED_DECIDE_ALL": int(packed.DecideAll),
		"PACKED_GET_FEATURE_VARIABLE":      int(packed.GetFeatureVariable),
		"PACKED_GET_ALL_FEATURE_VARIABLES": int(packed.GetAllFeatureVariables),
		"PACKED_NOTIFY":                    int(packed.Notify), "PACKED_PROFILE": int(packed.WithProfile),
		"PACKED_PREDICTS": int(packed.Predicts),
	}
	found := numbers(t, constantInHeader)
	for name, number := range found {
		if got, known := ours[name]; !known || got != number {
			t.Errorf("OPT_%s is %d, and here %d, %v", name, number, got, known)
		}
	}
	if len(found) != len(ours) {
		t.Errorf("the header has %d of these constants, this package %d", len(found), len(ours))
	}
}
