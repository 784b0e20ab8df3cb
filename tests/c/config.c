// OptimizelyConfig through its handles: every accessor, what lies past each end, the JSON form, and the handle's life.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client.h"
#include "flags.h"

static opt_config *config_of(const opt_client *client) {
  opt_error *error = NULL;
  opt_config *config = NULL;
  must(opt_client_get_optimizely_config(client, &config, &error), error);
  return config;
}

static void test_head(const opt_config *config) {
  opt_error *error = NULL;
  opt_config_view view;
  CHECK_STATUS(opt_config_read(config, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.sdk_key, "flags-sdk-key");
  CHECK_STR(view.environment_key, "production");
  CHECK_STR(view.revision, "7");
  CHECK_INT(view.experiment_count, 3);
  CHECK_INT(view.feature_count, 4);
  CHECK_INT(view.attribute_count, 2);
  CHECK_INT(view.audience_count, 2);
  CHECK_INT(view.event_count, 2);
  CHECK_STR(opt_config_datafile(config), FLAGS);
}

static void test_lists(const opt_config *config) {
  opt_error *error = NULL;
  opt_config_attribute attribute;
  CHECK_STATUS(opt_config_attribute_at(config, 0, &attribute, sizeof attribute, &error), OPT_STATUS_OK, &error);
  CHECK_STR(attribute.id, "1001");
  CHECK_STR(attribute.key, "plan");
  CHECK_STATUS(opt_config_attribute_at(config, 2, &attribute, sizeof attribute, &error), OPT_STATUS_NOT_FOUND, &error);
  opt_config_audience audience;
  CHECK_STATUS(opt_config_audience_at(config, 1, &audience, sizeof audience, &error), OPT_STATUS_OK, &error);
  CHECK_STR(audience.id, "3002");
  CHECK_STR(audience.name, "held back");
  json *conditions = json_of(audience.conditions);
  CHECK_TEXT(json_text(conditions, "[0]"), "or");
  CHECK_TEXT(json_text(conditions, "[1].name"), "held");
  json_free(conditions);
  CHECK_STATUS(opt_config_audience_at(config, 2, &audience, sizeof audience, &error), OPT_STATUS_NOT_FOUND, &error);
  opt_config_event event;
  CHECK_STATUS(opt_config_event_at(config, 0, &event, sizeof event, &error), OPT_STATUS_OK, &error);
  CHECK_STR(event.id, "9001");
  CHECK_STR(event.key, "purchase");
  CHECK_INT(event.experiment_id_count, 2);
  CHECK_STR(opt_config_event_experiment_id_at(config, 0, 1), "4002");
  CHECK_STR(opt_config_event_experiment_id_at(config, 0, 2), NULL);
  CHECK_STR(opt_config_event_experiment_id_at(config, 1, 0), NULL);
  CHECK_STR(opt_config_event_experiment_id_at(config, 2, 0), NULL);
  CHECK_STR(opt_config_event_experiment_id_at(NULL, 0, 0), NULL);
  CHECK_STATUS(opt_config_event_at(config, SIZE_MAX, &event, sizeof event, &error), OPT_STATUS_NOT_FOUND, &error);
}

static void test_variation(const opt_config_variation *variation, const char *id, const char *key, uint32_t enabled,
                           const char *items) {
  opt_error *error = NULL;
  opt_config_variation_view view;
  opt_config_variable variable;
  CHECK_STATUS(opt_config_variation_read(variation, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.id, id);
  CHECK_STR(view.key, key);
  CHECK_INT(view.feature_enabled, enabled);
  CHECK_INT(view.reserved, 0);
  CHECK_INT(view.variable_count, 5);
  CHECK_STATUS(opt_config_variation_variable_at(variation, 1, &variable, sizeof variable, &error), OPT_STATUS_OK,
               &error);
  CHECK_STR(variable.id, "2002");
  CHECK_STR(variable.key, "max_items");
  CHECK_STR(variable.type, "integer");
  CHECK_STR(variable.value, items);
  CHECK_STATUS(opt_config_variation_variable_at(variation, 5, &variable, sizeof variable, &error), OPT_STATUS_NOT_FOUND,
               &error);
}

static void test_experiments(const opt_config *config) {
  opt_error *error = NULL;
  opt_config_experiment_view view;
  const opt_config_experiment *found = opt_config_experiment_find(config, OPT_STR("checkout_test"));
  CHECK(found != NULL);
  CHECK_STATUS(opt_config_experiment_read(found, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.id, "4001");
  CHECK_STR(view.key, "checkout_test");
  CHECK_INT(view.variation_count, 2);
  test_variation(opt_config_experiment_variation_at(found, 0), "6001", "on", 1, "25");
  // Off, so it shows the defaults.
  test_variation(opt_config_experiment_variation_at(found, 1), "6002", "off", 0, "10");
  CHECK(opt_config_experiment_variation_at(found, 2) == NULL);
  CHECK(opt_config_experiment_variation_at(NULL, 0) == NULL);
  bool is_listed = false;
  for (size_t i = 0; i < 3; i++) {
    const opt_config_experiment *each = opt_config_experiment_at(config, i);
    CHECK_STATUS(opt_config_experiment_read(each, &view, sizeof view, &error), OPT_STATUS_OK, &error);
    is_listed |= view.key.len == 13 && memcmp(view.key.data, "checkout_test", 13) == 0;
  }
  CHECK(is_listed);
  CHECK(opt_config_experiment_at(config, 3) == NULL);
  CHECK(opt_config_experiment_at(NULL, 0) == NULL);
  // Delivery rules are no experiments.
  CHECK(opt_config_experiment_find(config, OPT_STR("checkout_everyone")) == NULL);
  CHECK(opt_config_experiment_find(config, OPT_STR("\xFF")) == NULL);
  CHECK(opt_config_experiment_find(NULL, OPT_STR("checkout_test")) == NULL);
}

static void test_features(const opt_config *config) {
  opt_error *error = NULL;
  opt_config_feature_view view;
  opt_config_experiment_view rule;
  opt_config_variable variable;
  const opt_config_feature *checkout = opt_config_feature_find(config, OPT_STR("checkout"));
  CHECK_STATUS(opt_config_feature_read(checkout, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.id, "8001");
  CHECK_STR(view.key, "checkout");
  CHECK_INT(view.experiment_rule_count, 1);
  CHECK_INT(view.delivery_rule_count, 1);
  CHECK_INT(view.variable_count, 5);
  const opt_config_experiment *tested = opt_config_feature_experiment_rule_at(checkout, 0);
  CHECK_STATUS(opt_config_experiment_read(tested, &rule, sizeof rule, &error), OPT_STATUS_OK, &error);
  CHECK_STR(rule.key, "checkout_test");
  const opt_config_experiment *delivered = opt_config_feature_delivery_rule_at(checkout, 0);
  CHECK_STATUS(opt_config_experiment_read(delivered, &rule, sizeof rule, &error), OPT_STATUS_OK, &error);
  CHECK_STR(rule.key, "checkout_everyone");
  CHECK_INT(rule.audiences.len, 0);
  test_variation(opt_config_experiment_variation_at(delivered, 0), "6101", "default_off", 0, "10");
  CHECK(opt_config_feature_experiment_rule_at(checkout, 1) == NULL);
  CHECK(opt_config_feature_delivery_rule_at(checkout, 1) == NULL);
  CHECK(opt_config_feature_experiment_rule_at(NULL, 0) == NULL);
  CHECK(opt_config_feature_delivery_rule_at(NULL, 0) == NULL);
  // A text that is JSON has that type, and its default as the datafile writes it.
  CHECK_STATUS(opt_config_feature_variable_at(checkout, 4, &variable, sizeof variable, &error), OPT_STATUS_OK, &error);
  CHECK_STR(variable.key, "layout");
  CHECK_STR(variable.type, "json");
  CHECK_STR(variable.value, "{\"columns\":2}");
  CHECK_STATUS(opt_config_feature_variable_at(checkout, 5, &variable, sizeof variable, &error), OPT_STATUS_NOT_FOUND,
               &error);
  CHECK(opt_config_feature_at(config, 0) == checkout);
  CHECK(opt_config_feature_at(config, 4) == NULL);
  CHECK(opt_config_feature_at(NULL, 0) == NULL);
  CHECK(opt_config_feature_find(config, OPT_STR("none")) == NULL);
  CHECK(opt_config_feature_find(NULL, OPT_STR("checkout")) == NULL);
}

static void test_json(const opt_config *config) {
  json *whole = json_of(opt_config_json(config));
  CHECK_TEXT(json_text(whole, "revision"), "7");
  CHECK_TEXT(json_text(whole, "sdkKey"), "flags-sdk-key");
  CHECK_TEXT(json_text(whole, "environmentKey"), "production");
  CHECK_INT(json_count(whole, "experimentsMap"), 3);
  CHECK_INT(json_count(whole, "featuresMap"), 4);
  CHECK_INT(json_count(whole, "audiences"), 2);
  CHECK_INT(json_count(whole, "events"), 2);
  CHECK_TEXT(json_text(whole, "experimentsMap.checkout_test.variationsMap.on.variablesMap.max_items.value"), "25");
  CHECK_TEXT(json_text(whole, "featuresMap.checkout.deliveryRules[0].key"), "checkout_everyone");
  CHECK_TEXT(json_text(whole, "featuresMap.checkout.variablesMap.layout.type"), "json");
  CHECK_TEXT(json_text(whole, "events[0].experimentIds[1]"), "4002");
  CHECK(!json_at(whole, "datafile"));
  json_free(whole);
  CHECK_STR(opt_config_json(NULL), NULL);
  CHECK_STR(opt_config_datafile(NULL), NULL);
}

// The words of the audience conditions, and a variation of which the datafile does not say if it is on.
static void test_words(void) {
  opt_error *error = NULL;
  opt_client *client = client_for(NULL);
  static const char datafile[] = FLAGS_HEAD FLAGS_ATTRIBUTES FLAGS_AUDIENCES
      "\"experiments\":[{\"id\":\"4001\",\"key\":\"worded\",\"layerId\":\"5001\",\"status\":\"Running\","
      "\"audienceIds\":[],\"audienceConditions\":[\"and\",[\"not\",\"3001\"],[\"or\",\"3002\",\"none\"]],"
      "\"variations\":[{\"id\":\"6001\",\"key\":\"bare\"}],\"trafficAllocation\":[],\"forcedVariations\":{}}],"
      "\"groups\":[],\"featureFlags\":[],\"rollouts\":[],\"events\":[],\"revision\":\"9\"}";
  must(opt_client_set_datafile(client, opt_cstr(datafile), &error), error);
  opt_config *config = config_of(client);
  opt_config_experiment_view view;
  opt_config_variation_view bare;
  const opt_config_experiment *worded = opt_config_experiment_at(config, 0);
  CHECK_STATUS(opt_config_experiment_read(worded, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.audiences, "(NOT \"gold plan\") AND (\"held back\" OR \"none\")");
  CHECK_STATUS(opt_config_variation_read(opt_config_experiment_variation_at(worded, 0), &bare, sizeof bare, &error),
               OPT_STATUS_OK, &error);
  CHECK_INT(bare.feature_enabled, 2);
  CHECK_INT(bare.variable_count, 0);
  opt_config_free(config);
  opt_client_free(client);
}

int main(void) {
  opt_error *error = NULL;
  opt_client *client = client_of(flags_for(NULL));
  opt_config *config = config_of(client);
  opt_config *second = config_of(client);
  // It stays as it is when another datafile comes, and when the client goes.
  must(opt_client_set_datafile(client, OPT_STR(FLAGS_AT("8")), &error), error);
  opt_config *later = config_of(client);
  opt_config_view view;
  CHECK_STATUS(opt_config_read(later, &view, sizeof view, &error), OPT_STATUS_OK, &error);
  CHECK_STR(view.revision, "8");
  opt_config_free(later);
  opt_config_free(second);
  opt_client_free(client);
  test_head(config);
  test_lists(config);
  test_experiments(config);
  test_features(config);
  test_json(config);
  opt_config_free(config);
  opt_config_free(NULL);
  test_words();
  return check_done("config");
}
