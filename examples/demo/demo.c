// The demo: walks some thousands of visitors of a shop through its experiments and counts what they buy.
//
//   demo DATAFILE PLAN ENDPOINT STATS_OUT
//
// A visitor gets attributes, sees experiments and flags, and converts with a chance that depends on what was seen. One
// visitor in twenty buys before seeing anything, which must not count. All is drawn from a fixed seed.
#include "plan.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
  VISITORS = 4000,
  SEEN_AT_MOST = 6, // experiments and flags that one visitor meets
  EARLY_ONE_IN = 20,
  CLOSE_MS = 30000
};

static uint64_t state = 20240001;

// A number below `bound` (splitmix64).
static uint64_t draw(uint64_t bound) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (z ^ (z >> 31)) % bound;
}

static void must(opt_status status, opt_error *error, const char *what) {
  if (status == OPT_STATUS_OK)
    return;
  opt_str message = opt_error_message(error);
  fprintf(stderr, "demo: %s: %s: %.*s\n", what, opt_status_name(status), (int)message.len,
          message.data ? message.data : "");
  exit(1);
}

static opt_client *make_client(const char *datafile_path, const char *endpoint) {
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  char *datafile = read_file(datafile_path);
  must(opt_options_set_datafile(options, opt_cstr(datafile), &error), error, "datafile");
  must(opt_options_set_event_endpoint(options, opt_cstr(endpoint), &error), error, "endpoint");
  // Audiences of real datafiles ask for attributes that visitors have in another type; that is no news here.
  must(opt_options_set_log_level(options, OPT_LOG_ERROR, &error), error, "log level");
  must(opt_client_new(options, &client, &error), error, "client");
  free(datafile);
  return client;
}

static opt_user *make_visitor(const plan *plan, unsigned number) {
  char id[32];
  opt_pair attributes[MAX_ATTRIBUTES];
  opt_error *error = NULL;
  opt_user *user = NULL;
  for (size_t i = 0; i < plan->attribute_count; i++) {
    const plan_attribute *attribute = &plan->attributes[i];
    attributes[i].key = opt_cstr(attribute->key);
    attributes[i].value = attribute->values[draw(attribute->value_count)];
  }
  snprintf(id, sizeof id, "visitor-%04u", number);
  must(opt_user_new(opt_cstr(id), attributes, plan->attribute_count, &user, &error), error, "user");
  return user;
}

// Conversions in a hundred for a variation: some variations are better than others.
static uint64_t chance(opt_str variation) {
  uint64_t sum = 0;
  for (size_t i = 0; i < variation.len; i++)
    sum = sum * 31 + (unsigned char)variation.data[i];
  return 8 + sum % 17;
}

// Shows the visitor an experiment or a flag; answers the chance that what was seen gives.
static uint64_t show_experiment(const opt_client *client, const opt_user *user, const char *key) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_decision_view view;
  must(opt_activate(client, user, opt_cstr(key), &decision, &error), error, key);
  must(opt_decision_read(decision, &view, sizeof view, &error), error, key);
  uint64_t result = view.variation_key.data ? chance(view.variation_key) : 0;
  opt_decision_free(decision);
  return result;
}

static uint64_t show_flag(const opt_client *client, const opt_user *user, const char *key) {
  opt_error *error = NULL;
  bool is_enabled = false;
  must(opt_is_feature_enabled(client, user, opt_cstr(key), &is_enabled, NULL, &error), error, key);
  return is_enabled ? 10 : 5;
}

static void convert(const opt_client *client, const opt_user *user, const plan *plan) {
  opt_error *error = NULL;
  const char *event = plan->events[draw(plan->event_count)];
  int64_t cents = (int64_t)(500 + draw(20000));
  opt_pair tags[] = {
      {OPT_STR("revenue"), opt_int(cents)},
      {OPT_STR("value"), opt_double((double)(1 + draw(5)))},
      {OPT_STR("method"), opt_string(draw(2) ? OPT_STR("card") : OPT_STR("invoice"))},
      {OPT_STR("gift"), opt_bool(draw(10) == 0)},
  };
  must(opt_track(client, user, opt_cstr(event), tags, 4, &error), error, event);
}

static void visit(const opt_client *client, const plan *plan, unsigned number) {
  opt_user *user = make_visitor(plan, number);
  uint64_t best = 0;
  size_t shown = 0;
  size_t all = plan->experiment_count + plan->flag_count;
  for (size_t at = all ? draw(all) : 0; shown < all && shown < SEEN_AT_MOST; shown++, at = (at + 1) % all) {
    uint64_t found = at < plan->experiment_count ? show_experiment(client, user, plan->experiments[at])
                                                 : show_flag(client, user, plan->flags[at - plan->experiment_count]);
    best = found > best ? found : best;
  }
  if (plan->event_count && draw(100) < best)
    convert(client, user, plan);
  opt_user_free(user);
}

// Purchases before anything was seen.
static unsigned early_purchases(const opt_client *client, const plan *plan) {
  unsigned made = 0;
  for (unsigned number = 0; number < VISITORS && plan->event_count; number += EARLY_ONE_IN, made++) {
    opt_user *user = make_visitor(plan, number);
    convert(client, user, plan);
    opt_user_free(user);
  }
  // Event times are milliseconds: what follows must be later, not equal.
  struct timespec pause = {.tv_nsec = 2000000};
  nanosleep(&pause, NULL);
  return made;
}

static void write_stats(const opt_client *client, const char *path) {
  opt_error *error = NULL;
  opt_stats stats;
  must(opt_client_stats(client, &stats, sizeof stats, &error), error, "stats");
  printf("\nlibopttrack's own books\n"
         "  accepted      %8" PRIu64 "  (%" PRIu64 " impressions, %" PRIu64 " conversions)\n"
         "  delivered     %8" PRIu64 "  in %" PRIu64 " posts, %" PRIu64 " of them repeated\n"
         "  pending       %8" PRIu64 "\n  dead-lettered %8" PRIu64 "\n  dropped       %8" PRIu64 "\n",
         stats.accepted, stats.accepted_impressions, stats.accepted_conversions, stats.delivered, stats.posts,
         stats.retries, stats.pending, stats.dead_lettered, stats.dropped);
  FILE *out = fopen(path, "w");
  if (!out || fprintf(out,
                      "accepted %" PRIu64 "\nimpressions %" PRIu64 "\nconversions %" PRIu64 "\ndelivered %" PRIu64
                      "\npending %" PRIu64 "\ndead_lettered %" PRIu64 "\ndropped %" PRIu64 "\n",
                      stats.accepted, stats.accepted_impressions, stats.accepted_conversions, stats.delivered,
                      stats.pending, stats.dead_lettered, stats.dropped) < 0) {
    fprintf(stderr, "demo: can't write %s\n", path);
    exit(1);
  }
  fclose(out);
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: %s DATAFILE PLAN ENDPOINT STATS_OUT\n", arguments[0]);
    return 2;
  }
  plan plan = plan_read(arguments[2]);
  opt_client *client = make_client(arguments[1], arguments[3]);
  opt_str version = opt_version();
  printf("libopttrack %.*s: %d visitors, %zu experiments, %zu flags, %zu events, %zu attributes\n", (int)version.len,
         version.data, VISITORS, plan.experiment_count, plan.flag_count, plan.event_count, plan.attribute_count);
  unsigned early = early_purchases(client, &plan);
  printf("%u of them convert before they see anything, which counts for no variation\n", early);
  for (unsigned number = 0; number < VISITORS; number++)
    visit(client, &plan, number);

  opt_error *error = NULL;
  must(opt_client_close(client, CLOSE_MS, NULL, &error), error, "close");
  write_stats(client, arguments[4]);
  opt_client_free(client);
  plan_free(&plan);
  return 0;
}
