// A small shop as a version 4 datafile. Every traffic allocation gives all users one variation, so that tests know
// what is decided without hashing; `prices` alone shares a group and leaves half of its users out.
#ifndef OPTTRACK_TESTS_DATAFILE_H
#define OPTTRACK_TESTS_DATAFILE_H

// In parts, so that a test can put another revision, region or list of events between them.
#define SHOP_HEAD                                                                                                      \
  "{\"version\":\"4\",\"accountId\":\"12001\",\"projectId\":\"111001\",\"anonymizeIP\":true,"                          \
  "\"botFiltering\":true,\"sendFlagDecisions\":true,"

#define SHOP_ATTRIBUTES                                                                                                \
  "\"attributes\":[{\"id\":\"111094\",\"key\":\"plan\"},{\"id\":\"111095\",\"key\":\"age\"},"                          \
  "{\"id\":\"111096\",\"key\":\"is_member\"},{\"id\":\"111097\",\"key\":\"score\"}],"

#define SHOP_AUDIENCES                                                                                                 \
  "\"audiences\":[],\"typedAudiences\":[{\"id\":\"3001\",\"name\":\"gold plan\",\"conditions\":[\"and\",[\"or\","      \
  "[\"or\",{\"match\":\"exact\",\"name\":\"plan\",\"type\":\"custom_attribute\",\"value\":\"gold\"}]]]},"              \
  "{\"id\":\"3002\",\"name\":\"of age\",\"conditions\":[\"and\",[\"or\",[\"or\",{\"match\":\"ge\",\"name\":\"age\","   \
  "\"type\":\"custom_attribute\",\"value\":18}]]]}],"

// An experiment whose only variation everybody gets who passes its audiences.
#define SHOP_EXPERIMENT(id, layer, key, audiences, variation_id, variation, enabled)                                   \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"layerId\":\"" layer                                                        \
  "\",\"status\":\"Running\",\"audienceIds\":[" audiences "],\"variations\":[{\"id\":\"" variation_id                  \
  "\",\"key\":\"" variation "\",\"featureEnabled\":" enabled ",\"variables\":[]},{\"id\":\"9" variation_id             \
  "\",\"key\":\"unused\",\"featureEnabled\":false,\"variables\":[]}],"                                                 \
  "\"forcedVariations\":{},\"trafficAllocation\":[{\"entityId\":\"" variation_id "\",\"endOfRange\":10000}]}"

#define SHOP_CHECKOUT_BUTTON SHOP_EXPERIMENT("4001", "5001", "checkout_button", "", "6001", "green", "true")
#define SHOP_GOLD_BANNER SHOP_EXPERIMENT("4002", "5002", "gold_banner", "\"3001\"", "6002", "large", "true")
#define SHOP_SEARCH_TEST SHOP_EXPERIMENT("4003", "5003", "search_test", "\"3002\"", "6003", "ranked", "true")
#define SHOP_PRICES SHOP_EXPERIMENT("4004", "5004", "prices", "", "6004", "rounded", "true")
#define SHOP_SHIPPING SHOP_EXPERIMENT("4005", "5005", "shipping", "", "6005", "free", "true")

#define SHOP_EXPERIMENTS                                                                                               \
  "\"experiments\":[" SHOP_CHECKOUT_BUTTON "," SHOP_GOLD_BANNER "," SHOP_SEARCH_TEST "],"                              \
  "\"groups\":[{\"id\":\"7001\",\"policy\":\"random\",\"trafficAllocation\":[{\"entityId\":\"4004\",\"endOfRange\":"   \
  "5000},"                                                                                                             \
  "{\"entityId\":\"4005\",\"endOfRange\":10000}],\"experiments\":[" SHOP_PRICES "," SHOP_SHIPPING "]}],"

// A flag, and the rollout that gives it to everybody.
#define SHOP_FLAG(id, key, rollout, experiments)                                                                       \
  "{\"id\":\"" id "\",\"key\":\"" key "\",\"rolloutId\":\"" rollout "\",\"experimentIds\":[" experiments               \
  "],\"variables\":[]}"
#define SHOP_ROLLOUT(id, rule, variation, enabled)                                                                     \
  "{\"id\":\"" id "\",\"experiments\":[" SHOP_EXPERIMENT(rule, id, rule, "", variation, variation, enabled) "]}"

// `search` has a feature test for those of age and is rolled out to the others; `dark_mode` is rolled out, `beta` is
// rolled out switched off.
#define SHOP_SEARCH SHOP_FLAG("8001", "search", "8101", "\"4003\"")
#define SHOP_DARK_MODE SHOP_FLAG("8002", "dark_mode", "8102", "")
#define SHOP_BETA SHOP_FLAG("8003", "beta", "8103", "")
#define SHOP_SEARCH_ROLLOUT SHOP_ROLLOUT("8101", "4101", "6101", "false")
#define SHOP_DARK_MODE_ROLLOUT SHOP_ROLLOUT("8102", "4102", "6102", "true")
#define SHOP_BETA_ROLLOUT SHOP_ROLLOUT("8103", "4103", "6103", "false")

#define SHOP_FLAGS                                                                                                     \
  "\"featureFlags\":[" SHOP_SEARCH "," SHOP_DARK_MODE "," SHOP_BETA "],"                                               \
  "\"rollouts\":[" SHOP_SEARCH_ROLLOUT "," SHOP_DARK_MODE_ROLLOUT "," SHOP_BETA_ROLLOUT "],"

#define SHOP_EVENTS                                                                                                    \
  "\"events\":[{\"id\":\"9001\",\"key\":\"purchase\",\"experimentIds\":[\"4001\",\"4003\"]},"                          \
  "{\"id\":\"9002\",\"key\":\"newsletter\",\"experimentIds\":[]}],"

#define SHOP_TAIL(revision) "\"revision\":\"" revision "\"}"

// The whole shop at a revision.
#define SHOP_AT(revision)                                                                                              \
  SHOP_HEAD SHOP_ATTRIBUTES SHOP_AUDIENCES SHOP_EXPERIMENTS SHOP_FLAGS SHOP_EVENTS SHOP_TAIL(revision)

#define SHOP SHOP_AT("42")

#endif
