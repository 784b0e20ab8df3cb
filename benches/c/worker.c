// libopttrack through its C ABI as a contestant: answers the line protocol of benches/README.md.

#include "worker.h"

enum { MAX_FIELDS = 8, CLOSE_DEADLINE_MS = 10000, QUEUE_BYTES = 1 << 30 };

// The value that `NAME=VALUE` among the settings gives; NULL without one.
static const char *setting(char **settings, const char *name) {
  size_t length = strlen(name);
  for (; *settings; settings++)
    if (strncmp(*settings, name, length) == 0 && (*settings)[length] == '=')
      return *settings + length + 1;
  return NULL;
}

static opt_status set(opt_options *options, char **settings, opt_error **error) {
  const char *batch = setting(settings, "batch"), *queue = setting(settings, "queue");
  const char *journal = setting(settings, "journal"), *kind = setting(settings, "kind");
  opt_status status = OPT_STATUS_OK;
  if (batch)
    status = opt_options_set_batch_size(options, (uint32_t)strtoul(batch, NULL, 10), error);
  if (queue && status == OPT_STATUS_OK)
    status = opt_options_set_queue_limit(options, QUEUE_BYTES, strtoul(queue, NULL, 10), error);
  if (journal && status == OPT_STATUS_OK) {
    bool is_mapped = kind && strcmp(kind, "mapped") == 0;
    uint32_t which = is_mapped ? OPT_JOURNAL_MAPPED : OPT_JOURNAL_WRITTEN;
    status = opt_options_set_journal(options, opt_cstr(journal), which, error);
  }
  return status;
}

static opt_client *create(const char *datafile, const char *endpoint, char **settings) {
  opt_client *client = NULL;
  opt_error *error = NULL;
  opt_options *options = opt_options_new();
  opt_status status = opt_options_set_datafile(options, opt_cstr(datafile), &error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_event_endpoint(options, opt_cstr(endpoint), &error);
  if (status == OPT_STATUS_OK)
    status = set(options, settings, &error);
  if (status == OPT_STATUS_OK)
    status = opt_client_new(options, &client, &error);
  if (status != OPT_STATUS_OK)
    fail("making a client", status, error);
  return client;
}

static void track(worker *self, char **fields) {
  users list = name_users(fields);
  size_t events = 0;
  watch spent = {0};
  watch from = start();
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_pair tags[MAX_PAIRS];
    memcpy(tags, self->tags.items, self->tags.count * sizeof *tags);
    events += opt_track(self->client, user, self->event, tags, self->tags.count, NULL) == OPT_STATUS_OK;
    opt_user_free(user);
  }
  stop(from, &spent);
  answer("track", list.count, spent, events, events);
  free_users(list);
}

static void activate(worker *self, char **fields) {
  users list = name_users(fields);
  size_t events = 0, checksum = 0;
  watch spent = {0};
  watch from = start();
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_decision *decision = NULL;
    if (opt_activate(self->client, user, self->experiment, &decision, NULL) == OPT_STATUS_OK) {
      opt_decision_view view;
      checksum += variation_of(decision, &view).len;
      events += view.event_status == OPT_EVENT_ACCEPTED;
    }
    opt_decision_free(decision);
    opt_user_free(user);
  }
  stop(from, &spent);
  answer("activate", list.count, spent, events, checksum);
  free_users(list);
}

static void variations(worker *self, char **fields) {
  users list = name_users(fields);
  printf("{\"op\":\"variations\",\"variations\":[");
  for (size_t place = 0; place < list.count; place++) {
    opt_user *user = make_user(self, list.ids[place]);
    opt_decision *decision = NULL;
    opt_error *error = NULL;
    opt_status status = opt_get_variation(self->client, user, self->experiment, &decision, &error);
    if (status != OPT_STATUS_OK)
      fail("deciding", status, error);
    opt_decision_view view;
    opt_str key = variation_of(decision, &view);
    const char *quote = key.data ? "\"" : "";
    printf("%s%s%.*s%s", place ? "," : "", quote, key.data ? (int)key.len : 4, key.data ? key.data : "null", quote);
    opt_decision_free(decision);
    opt_user_free(user);
  }
  printf("]}\n");
  free_users(list);
}

static void load(worker *self, char **fields) {
  char *datafile = read_file(fields[1]);
  size_t count = strtoul(fields[2], NULL, 10), ready = 0;
  watch spent = {0};
  for (size_t turn = 0; turn < count; turn++) {
    watch from = start();
    opt_client *client = create(datafile, self->endpoint, self->settings);
    stop(from, &spent);
    ready += client != NULL;
    opt_client_free(client);
  }
  answer("load", count, spent, 0, ready);
  free(datafile);
}

static void flush_client(worker *self) {
  opt_error *error = NULL;
  opt_status status = opt_client_flush(self->client, CLOSE_DEADLINE_MS, NULL, &error);
  if (status != OPT_STATUS_OK)
    fail("flush", status, error);
  printf("{\"op\":\"flush\"}\n");
}

static void close_client(worker *self) {
  opt_error *error = NULL;
  uint64_t left = 0;
  opt_status status = opt_client_close(self->client, CLOSE_DEADLINE_MS, &left, &error);
  if (status != OPT_STATUS_OK && status != OPT_STATUS_TIMEOUT)
    fail("close", status, error);
  printf("{\"op\":\"close\",\"left\":%" PRIu64 "}\n", left);
}

static opt_value parse_value(const char *type, const char *text) {
  if (strcmp(type, "int") == 0)
    return opt_int(strtoll(text, NULL, 10));
  if (strcmp(type, "double") == 0)
    return opt_double(strtod(text, NULL));
  if (strcmp(type, "bool") == 0)
    return opt_bool(strcmp(text, "true") == 0);
  return opt_string(opt_cstr(keep(text)));
}

static void add_pair(pairs *target, char **fields) {
  need(target->count < MAX_PAIRS, "too many attributes or tags");
  opt_pair *pair = &target->items[target->count++];
  pair->key = opt_cstr(keep(fields[1]));
  pair->value = parse_value(fields[2], fields[3]);
}

static void run(worker *self, char **fields) {
  const char *op = fields[0];
  if (strcmp(op, "names") == 0) {
    self->event = opt_cstr(keep(fields[1]));
    self->experiment = opt_cstr(keep(fields[2]));
    self->flag = opt_cstr(keep(fields[3]));
    self->audience_flag = opt_cstr(keep(fields[4]));
  } else if (strcmp(op, "attribute") == 0) {
    add_pair(&self->attributes, fields);
  } else if (strcmp(op, "tag") == 0) {
    add_pair(&self->tags, fields);
  } else if (strcmp(op, "hello") == 0) {
    opt_str version = opt_version();
    printf("{\"op\":\"hello\",\"version\":\"%.*s\",\"runtime\":\"C, %s\"}\n", (int)version.len, version.data,
           __VERSION__);
  } else if (strcmp(op, "variations") == 0) {
    variations(self, fields);
  } else if (strcmp(op, "track") == 0) {
    track(self, fields);
  } else if (strcmp(op, "activate") == 0) {
    activate(self, fields);
  } else if (strcmp(op, "decide") == 0 || strcmp(op, "decide_audience") == 0 || strcmp(op, "decide_variables") == 0) {
    decide(self, op, fields);
  } else if (strcmp(op, "decide_all") == 0) {
    decide_all(self, fields);
  } else if (strcmp(op, "is_feature_enabled") == 0) {
    is_feature_enabled(self, fields);
  } else if (strcmp(op, "decisions") == 0) {
    decisions(self, fields);
  } else if (strcmp(op, "load") == 0) {
    load(self, fields);
  } else if (strcmp(op, "flush") == 0) {
    flush_client(self);
  } else if (strcmp(op, "close") == 0) {
    close_client(self);
  } else {
    need(false, op);
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  need(argc >= 3, "usage: worker DATAFILE ENDPOINT [NAME=VALUE]...");
  char *datafile = read_file(argv[1]);
  worker self = {.endpoint = argv[2], .settings = argv + 3, .client = create(datafile, argv[2], argv + 3)};
  free(datafile);
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    char *fields[MAX_FIELDS] = {0};
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *field = strtok(line, "\t"); field && count < MAX_FIELDS - 1; field = strtok(NULL, "\t"))
      fields[count++] = field;
    if (count)
      run(&self, fields);
  }
  opt_client_free(self.client);
  return 0;
}
