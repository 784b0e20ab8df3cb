// A project of flags as a version 4 datafile, for what decides: variables of every type, an experiment for an audience,
// one that splits its users, a bandit, and a holdout. But for the split, everybody gets the same by the same rule.
#ifndef OPTTRACK_TESTS_FLAGS_H
#define OPTTRACK_TESTS_FLAGS_H

#define FLAGS_HEAD                                                                                                     \
  "{\"version\":\"4\",\"accountId\":\"12001\",\"projectId\":\"111002\",\"sdkKey\":\"flags-sdk-key\","                  \
  "\"environmentKey\":\"production\",\"anonymizeIP\":true,\"botFiltering\":true,\"sendFlagDecisions\":true,"

#define FLAGS_ATTRIBUTES "\"attributes\":[{\"id\":\"1001\",\"key\":\"plan\"},{\"id\":\"1002\",\"key\":\"held\"}],"

#define FLAGS_AUDIENCE(id, name, attribute, value)                                                                     \
  "{\"id\":\"" id "\",\"name\":\"" name "\",\"conditions\":[\"or\",{\"match\":\"exact\",\"name\":\"" attribute         \
  "\",\"type\":\"custom_attribute\",\"value\":" value "}]}"

// `gold plan` lets the attribute plan "gold" in, `held back` the attribute held true.
#define FLAGS_AUDIENCES                                                                                                \
  "\"audiences\":[],\"typedAudiences\":[" FLAGS_AUDIENCE("3001", "gold plan", "plan", "\"gold\"") "," FLAGS_AUDIENCE(  \
      "3002", "held back", "held", "true") "],"

#define FLAGS_VARIATION(id, key, enabled, variables)                                                                   \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"featureEnabled\":" enabled ",\"variables\":[" variables "]}"

#define FLAGS_VALUE(id, value) "{\"id\":\"" id "\",\"value\":\"" value "\"}"

// `more` is any further members, each with a comma behind it.
#define FLAGS_EXPERIMENT(id, key, audiences, variations, traffic, more)                                                \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"layerId\":\"5" id "\",\"status\":\"Running\"," more                        \
  "\"audienceIds\":[" audiences "],\"variations\":[" variations "],\"trafficAllocation\":[" traffic                    \
  "],\"forcedVariations\":{}}"

#define FLAGS_RANGE(id, end) "{\"entityId\":\"" id "\",\"endOfRange\":" end "}"

#define FLAGS_CHECKOUT_VALUES                                                                                          \
  FLAGS_VALUE("2001", "true")                                                                                          \
  "," FLAGS_VALUE("2002", "25") "," FLAGS_VALUE("2003", "4.5") "," FLAGS_VALUE(                                        \
      "2004", "Buy \\\"now\\\"") "," FLAGS_VALUE("2005", "{\\\"columns\\\":3}")

// Variations that a test can force are there beside the one that everybody gets.
#define FLAGS_CHECKOUT_TEST                                                                                            \
  FLAGS_EXPERIMENT(                                                                                                    \
      "4001", "checkout_test", "\"3001\"",                                                                             \
      FLAGS_VARIATION("6001", "on", "true", FLAGS_CHECKOUT_VALUES) "," FLAGS_VARIATION("6002", "off", "false", ""),    \
      FLAGS_RANGE("6001", "10000"), "")
#define FLAGS_SPLIT_TEST                                                                                               \
  FLAGS_EXPERIMENT("4002", "split_test", "",                                                                           \
                   FLAGS_VARIATION("6003", "left", "true", "") "," FLAGS_VARIATION("6004", "right", "true", ""),       \
                   FLAGS_RANGE("6003", "5000") "," FLAGS_RANGE("6004", "10000"), "")
#define FLAGS_BANDIT_TEST                                                                                              \
  FLAGS_EXPERIMENT("4003", "bandit_test", "",                                                                          \
                   FLAGS_VARIATION("6005", "a", "true", "") "," FLAGS_VARIATION("6006", "b", "true", ""), "",          \
                   "\"cmab\":{\"attributeIds\":[\"1001\"],\"trafficAllocation\":10000},")

#define FLAGS_EXPERIMENTS                                                                                              \
  "\"experiments\":[" FLAGS_CHECKOUT_TEST "," FLAGS_SPLIT_TEST "," FLAGS_BANDIT_TEST "],\"groups\":[],"

#define FLAGS_VARIABLE(id, key, type, more, value)                                                                     \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"type\":\"" type "\"," more "\"defaultValue\":\"" value "\"}"

#define FLAGS_CHECKOUT_VARIABLES                                                                                       \
  FLAGS_VARIABLE("2001", "show_banner", "boolean", "", "false")                                                        \
  "," FLAGS_VARIABLE("2002", "max_items", "integer", "", "10") "," FLAGS_VARIABLE(                                     \
      "2003", "price", "double", "", "9.99") "," FLAGS_VARIABLE("2004", "title", "string", "",                         \
                                                                "Pay") "," FLAGS_VARIABLE("2005", "layout", "string",  \
                                                                                          "\"subType\":\"json\",",     \
                                                                                          "{\\\"columns\\\":2}")

#define FLAGS_FLAG(id, key, rollout, experiments, variables)                                                           \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"rolloutId\":\"" rollout "\",\"experimentIds\":[" experiments               \
  "],\"variables\":[" variables "]}"

// `checkout` is tested on the gold plan and rolled out to the others, switched off; `broken` is rolled out, and one of
// its variables is no number.
#define FLAGS_FLAGS                                                                                                    \
  "\"featureFlags\":[" FLAGS_FLAG("8001", "checkout", "8101", "\"4001\"", FLAGS_CHECKOUT_VARIABLES) "," FLAGS_FLAG(    \
      "8002", "split", "", "\"4002\"",                                                                                 \
      "") "," FLAGS_FLAG("8003", "bandit", "", "\"4003\"",                                                             \
                         "") "," FLAGS_FLAG("8004", "broken", "8104", "",                                              \
                                            FLAGS_VARIABLE("2006", "count", "integer", "", "many") "," FLAGS_VARIABLE( \
                                                "2007", "label", "string", "", "fine")) "],"

#define FLAGS_ROLLOUT(id, rule, key, variation_id, variation, enabled)                                                 \
  "{\"id\":\"" id                                                                                                      \
  "\",\"experiments\":[" FLAGS_EXPERIMENT(rule, key, "", FLAGS_VARIATION(variation_id, variation, enabled, ""),        \
                                          FLAGS_RANGE(variation_id, "10000"), "") "]}"

#define FLAGS_ROLLOUTS                                                                                                 \
  "\"rollouts\":[" FLAGS_ROLLOUT("8101", "4101", "checkout_everyone", "6101", "default_off",                           \
                                 "false") "," FLAGS_ROLLOUT("8104", "4104", "broken_everyone", "6104", "default_on",   \
                                                            "true") "],"

// Everybody whose attribute held is true is in it.
#define FLAGS_HOLDOUTS                                                                                                 \
  "\"holdouts\":[{\"id\":\"4901\",\"key\":\"held_back\",\"status\":\"Running\",\"audienceIds\":[\"3002\"],"            \
  "\"variations\":[" FLAGS_VARIATION("6901", "holdout_off", "false",                                                   \
                                     "") "],"                                                                          \
                                         "\"trafficAllocation\":[" FLAGS_RANGE("6901", "10000") "]}],"

#define FLAGS_EVENTS                                                                                                   \
  "\"events\":[{\"id\":\"9001\",\"key\":\"purchase\",\"experimentIds\":[\"4001\",\"4002\"]},"                          \
  "{\"id\":\"9002\",\"key\":\"newsletter\",\"experimentIds\":[]}],"

// The whole project at a revision.
#define FLAGS_AT(revision)                                                                                             \
  FLAGS_HEAD FLAGS_ATTRIBUTES FLAGS_AUDIENCES FLAGS_EXPERIMENTS FLAGS_FLAGS FLAGS_ROLLOUTS FLAGS_HOLDOUTS FLAGS_EVENTS \
      "\"revision\":\"" revision "\"}"

#define FLAGS FLAGS_AT("7")

#endif
