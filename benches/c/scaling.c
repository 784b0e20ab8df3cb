// How libopttrack scales: answers commands, as the contestants do, with one line of JSON each. benches/README.md has
// them.

#include <inttypes.h>
#include <opttrack.h>
#include <pthread.h>
#include <sys/resource.h>

#include "support.h"

enum {
  MAX_FIELDS = 8,
  MAX_THREADS = 8,
  ATTRIBUTES = 5,
  TAGS = 3,
  FORCED_USERS = 1000,
  STRIDE = 7919,
  DAY_MS = 86400000
};

// Nobody listens here: conversions wait in memory, and no delivery competes with the threads that are timed.
static const char ENDPOINT[] = "http://127.0.0.1:9/v1/events";
static const uint64_t QUEUE_BYTES = (uint64_t)1 << 32;

// What every thread of a command does.
typedef struct {
  opt_client *client;
  char *datafile;
  opt_str *keys;
  size_t key_count;
  size_t count;
  pthread_barrier_t gate;
} work;

// One thread, and what its loop took.
typedef struct {
  work *shared;
  size_t number;
  void (*call)(const work *, opt_user *, size_t turn);
  watch spent;
  long waits;
} runner;

static void check(opt_status status, const char *what) {
  if (status != OPT_STATUS_OK)
    fprintf(stderr, "%s\n", opt_status_name(status));
  need(status == OPT_STATUS_OK, what);
}

// A profile that has nothing of the experiments asked for, made for each look-up as a service would.
static void look_up(opt_str user_id, opt_reply *reply, void *nothing) {
  char text[256];
  (void)nothing;
  int length =
      snprintf(text, sizeof text, "{\"user_id\":\"%.*s\",\"experiment_bucket_map\":{\"1\":{\"variation_id\":\"2\"}}}",
               (int)user_id.len, user_id.data);
  need(length > 0 && (size_t)length < sizeof text, "a user id is too long");
  opt_reply_set(reply, (opt_str){text, (size_t)length});
}

static void save(opt_str user_id, opt_str profile, opt_reply *reply, void *nothing) {
  (void)user_id, (void)profile, (void)reply, (void)nothing;
}

static opt_client *create(const char *datafile, bool keeps_profiles) {
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  check(opt_options_set_datafile(options, opt_cstr(datafile), NULL), "datafile");
  check(opt_options_set_event_endpoint(options, opt_cstr(ENDPOINT), NULL), "endpoint");
  check(opt_options_set_flush_interval_ms(options, DAY_MS, NULL), "flush interval");
  check(opt_options_set_retry_delays_ms(options, 3600000, 3600000, NULL), "retry delays");
  check(opt_options_set_queue_limit(options, QUEUE_BYTES, 0, NULL), "queue limit");
  check(opt_options_set_log_level(options, OPT_LOG_OFF, NULL), "log level");
  if (keeps_profiles)
    check(opt_options_set_user_profile_service(options, look_up, save, NULL, NULL, NULL), "profiles");
  check(opt_client_new(options, &client, NULL), "client");
  return client;
}

// Forces a variation of the first experiment on users of which one is asked for.
static void force(const opt_client *client) {
  opt_config *config = NULL;
  check(opt_client_get_optimizely_config(client, &config, NULL), "config");
  opt_config_experiment_view experiment;
  opt_config_variation_view variation;
  const opt_config_experiment *first = opt_config_experiment_at(config, 0);
  check(opt_config_experiment_read(first, &experiment, sizeof experiment, NULL), "experiment");
  check(opt_config_variation_read(opt_config_experiment_variation_at(first, 0), &variation, sizeof variation, NULL),
        "variation");
  for (size_t number = 0; number < FORCED_USERS; number++) {
    char id[32];
    snprintf(id, sizeof id, "user-%zu", number);
    check(opt_client_set_forced_variation(client, experiment.key, opt_cstr(id), variation.key, NULL), "forcing");
  }
  opt_config_free(config);
}

static opt_user *create_user(size_t number) {
  opt_pair attributes[ATTRIBUTES] = {
      {OPT_STR("country"), opt_string(OPT_STR("DE"))},
      {OPT_STR("plan"), opt_string(OPT_STR("gold"))},
      {OPT_STR("age"), opt_int(34)},
      {OPT_STR("logged_in"), opt_bool(true)},
      {OPT_STR("app_version"), opt_string(OPT_STR("9.4.1"))},
  };
  char id[32];
  snprintf(id, sizeof id, "user-%zu", number);
  opt_user *user = NULL;
  check(opt_user_new(opt_cstr(id), attributes, ATTRIBUTES, &user, NULL), "user");
  return user;
}

static void decide(const work *shared, opt_user *user, size_t turn) {
  opt_decision *decision = NULL;
  opt_decision_view view;
  // Scattered, so that no flag lies beside the one before.
  opt_str flag = shared->keys[turn * STRIDE % shared->key_count];
  check(opt_decide(shared->client, user, flag, OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, NULL), "decide");
  check(opt_decision_read(decision, &view, sizeof view, NULL), "read");
  need(view.variation_key.data != NULL, "the user gets no variation");
  opt_decision_free(decision);
}

static void track(const work *shared, opt_user *user, size_t turn) {
  opt_pair tags[TAGS] = {
      {OPT_STR("revenue"), opt_int((int64_t)turn)},
      {OPT_STR("value"), opt_double(42.5)},
      {OPT_STR("method"), opt_string(OPT_STR("card"))},
  };
  check(opt_track(shared->client, user, shared->keys[0], tags, TAGS, NULL), "track");
}

static long waits(void) {
  struct rusage usage;
  need(getrusage(RUSAGE_THREAD, &usage) == 0, "getrusage");
  return usage.ru_nvcsw;
}

static void *run_thread(void *argument) {
  runner *self = argument;
  opt_user *user = create_user(self->number);
  self->call(self->shared, user, 0);
  pthread_barrier_wait(&self->shared->gate);
  long before = waits();
  watch from = start();
  for (size_t turn = 0; turn < self->shared->count; turn++)
    self->call(self->shared, user, turn);
  stop(from, &self->spent);
  self->waits = waits() - before;
  opt_user_free(user);
  return NULL;
}

// threads WORK THREADS COUNT KEY: every thread makes COUNT calls with a user of its own. `forced` and `profile` decide
// with variations forced on others and with a user profile service.
static void threads(work *self, char **fields) {
  const char *name = fields[1];
  size_t number = strtoul(fields[2], NULL, 10);
  need(number > 0 && number <= MAX_THREADS, "threads");
  opt_str key = opt_cstr(fields[4]);
  work shared = {.client = create(self->datafile, strcmp(name, "profile") == 0),
                 .keys = &key,
                 .key_count = 1,
                 .count = strtoul(fields[3], NULL, 10)};
  if (strcmp(name, "forced") == 0)
    force(shared.client);
  runner runners[MAX_THREADS] = {0};
  pthread_t handles[MAX_THREADS];
  need(pthread_barrier_init(&shared.gate, NULL, (unsigned)number + 1) == 0, "barrier");
  for (size_t place = 0; place < number; place++) {
    runners[place] = (runner){.shared = &shared, .number = place, .call = strcmp(name, "track") == 0 ? track : decide};
    need(pthread_create(&handles[place], NULL, run_thread, &runners[place]) == 0, "thread");
  }
  pthread_barrier_wait(&shared.gate);
  watch from = start(), all = {0};
  int64_t cpu_ns = 0;
  long waited = 0;
  for (size_t place = 0; place < number; place++)
    need(pthread_join(handles[place], NULL) == 0, "join");
  stop(from, &all);
  for (size_t place = 0; place < number; place++) {
    cpu_ns += runners[place].spent.cpu_ns;
    waited += runners[place].waits;
  }
  printf("{\"count\":%zu,\"wall_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64 ",\"waits\":%ld}\n", shared.count * number,
         all.wall_ns, cpu_ns, waited);
  pthread_barrier_destroy(&shared.gate);
  opt_client_free(shared.client);
}

static void answer(size_t count, watch spent) {
  printf("{\"count\":%zu,\"wall_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64 "}\n", count, spent.wall_ns, spent.cpu_ns);
}

// decide COUNT [KEY]: one flag again and again, or, without a key, all flags in turn.
static void decide_flags(const work *self, char **fields) {
  work one = *self;
  opt_str key = fields[2] ? opt_cstr(fields[2]) : (opt_str){0};
  if (fields[2]) {
    one.keys = &key;
    one.key_count = 1;
  }
  size_t count = strtoul(fields[1], NULL, 10);
  opt_user *user = create_user(0);
  watch spent = {0}, from = start();
  for (size_t turn = 0; turn < count; turn++)
    decide(&one, user, turn);
  stop(from, &spent);
  answer(count, spent);
  opt_user_free(user);
}

// load COUNT: from the datafile's text to a client that can decide.
static void load(const work *self, char **fields) {
  size_t count = strtoul(fields[1], NULL, 10);
  watch spent = {0};
  for (size_t turn = 0; turn < count; turn++) {
    watch from = start();
    opt_client *client = create(self->datafile, false);
    stop(from, &spent);
    opt_client_free(client);
  }
  answer(count, spent);
}

static void list_flags(work *self, opt_config *config) {
  opt_config_view head;
  check(opt_config_read(config, &head, sizeof head, NULL), "config");
  self->keys = calloc(head.feature_count, sizeof *self->keys);
  need(self->keys != NULL && head.feature_count > 0, "no flags");
  self->key_count = head.feature_count;
  for (size_t place = 0; place < head.feature_count; place++) {
    opt_config_feature_view flag;
    check(opt_config_feature_read(opt_config_feature_at(config, place), &flag, sizeof flag, NULL), "flag");
    self->keys[place] = flag.key;
  }
}

int main(int argc, char **argv) {
  need(argc == 2, "usage: scaling DATAFILE");
  work self = {.datafile = read_file(argv[1])};
  self.client = create(self.datafile, false);
  opt_config *config = NULL;
  check(opt_client_get_optimizely_config(self.client, &config, NULL), "config");
  list_flags(&self, config);
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    char *fields[MAX_FIELDS] = {0};
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *field = strtok(line, "\t"); field && count < MAX_FIELDS - 1; field = strtok(NULL, "\t"))
      fields[count++] = field;
    if (strcmp(fields[0], "threads") == 0 && count == 5)
      threads(&self, fields);
    else if (strcmp(fields[0], "decide") == 0 && count >= 2)
      decide_flags(&self, fields);
    else if (strcmp(fields[0], "load") == 0 && count == 2)
      load(&self, fields);
    else
      need(false, "no such command");
    fflush(stdout);
  }
  free(self.keys);
  opt_config_free(config);
  opt_client_free(self.client);
  free(self.datafile);
  return 0;
}
