/// A small shop as a version 4 datafile. Every traffic allocation gives all users one variation, so that tests know
/// what is decided without hashing.
#ifndef OPTTRACK_TESTS_DATAFILE_HPP
#define OPTTRACK_TESTS_DATAFILE_HPP

#include <string_view>

inline constexpr std::string_view shop_datafile = R"({
  "version": "4", "accountId": "12001", "projectId": "111001", "revision": "42",
  "anonymizeIP": true, "botFiltering": false, "sendFlagDecisions": true,
  "attributes": [{"id": "1001", "key": "plan"}, {"id": "1002", "key": "age"}, {"id": "1003", "key": "is_member"},
                 {"id": "1004", "key": "score"}],
  "audiences": [],
  "typedAudiences": [
    {"id": "3001", "name": "gold plan", "conditions": ["and", ["or", ["or",
      {"type": "custom_attribute", "match": "exact", "name": "plan", "value": "gold"}]]]},
    {"id": "3002", "name": "of age", "conditions": ["and", ["or", ["or",
      {"type": "custom_attribute", "match": "ge", "name": "age", "value": 18}]]]},
    {"id": "3003", "name": "regulars", "conditions": ["and", ["or", ["or",
      {"type": "third_party_dimension", "match": "qualified", "name": "odp.audiences", "value": "regular"}]]]}
  ],
  "experiments": [
    {"id": "4001", "key": "checkout_button", "layerId": "5001", "status": "Running", "audienceIds": [],
     "variations": [{"id": "6001", "key": "blue"}, {"id": "6002", "key": "green"}],
     "trafficAllocation": [{"entityId": "6002", "endOfRange": 10000}], "forcedVariations": {"tester": "blue"}},
    {"id": "4002", "key": "gold_banner", "layerId": "5002", "status": "Running", "audienceIds": ["3001"],
     "variations": [{"id": "6003", "key": "large"}],
     "trafficAllocation": [{"entityId": "6003", "endOfRange": 10000}], "forcedVariations": {}},
    {"id": "4003", "key": "search_test", "layerId": "5003", "status": "Running", "audienceIds": ["3002"],
     "variations": [{"id": "6004", "key": "ranked", "featureEnabled": true}],
     "trafficAllocation": [{"entityId": "6004", "endOfRange": 10000}], "forcedVariations": {}},
    {"id": "4004", "key": "regulars_only", "layerId": "5004", "status": "Running", "audienceIds": ["3003"],
     "variations": [{"id": "6005", "key": "thanks"}],
     "trafficAllocation": [{"entityId": "6005", "endOfRange": 10000}], "forcedVariations": {}}
  ],
  "groups": [],
  "featureFlags": [
    {"id": "8001", "key": "search", "rolloutId": "", "experimentIds": ["4003"], "variables": []},
    {"id": "8002", "key": "dark_mode", "rolloutId": "8102", "experimentIds": [], "variables": []},
    {"id": "8003", "key": "beta", "rolloutId": "8103", "experimentIds": [], "variables": []}
  ],
  "rollouts": [
    {"id": "8102", "experiments": [
      {"id": "4102", "key": "everyone", "layerId": "8102", "status": "Running", "audienceIds": [],
       "variations": [{"id": "6102", "key": "on", "featureEnabled": true}],
       "trafficAllocation": [{"entityId": "6102", "endOfRange": 10000}], "forcedVariations": {}}]},
    {"id": "8103", "experiments": [
      {"id": "4103", "key": "nobody", "layerId": "8103", "status": "Running", "audienceIds": [],
       "variations": [{"id": "6103", "key": "off", "featureEnabled": false}],
       "trafficAllocation": [{"entityId": "6103", "endOfRange": 10000}], "forcedVariations": {}}]}
  ],
  "events": [
    {"id": "9001", "key": "purchase", "experimentIds": ["4001", "4002"]},
    {"id": "9002", "key": "newsletter", "experimentIds": []}
  ]
})";

#endif
