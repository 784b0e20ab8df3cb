// What valgrind counts: one kind of call, again and again, in a function that callgrind is told to watch.
//
// Usage: instructions DATAFILE CALL COUNT, where CALL is one of those below; writes how many heap allocations they all
// made. benches/instructions.py runs it.

#include <errno.h>
#include <opttrack.h>

#include "support.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local size_t allocations;

// In place of the C library's for the whole process, the shared library included.
void *malloc(size_t size) { return allocations++, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return allocations++, __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { return allocations++, __libc_realloc(memory, size); }
void *aligned_alloc(size_t alignment, size_t size) { return allocations++, __libc_memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = aligned_alloc(alignment, size);
  return *memory ? 0 : ENOMEM;
}

enum { ATTRIBUTES = 5, TAGS = 3, REQUEST_BYTES = 512, ANSWER_BYTES = 4096, DAY_MS = 86400000 };

// Nobody listens here, and nothing is sent: the flush interval is a day, and no batch gets full.
static const char ENDPOINT[] = "http://127.0.0.1:9/v1/events";

typedef struct {
  opt_client *client;
  opt_user *user;
  const char *datafile;
} work;

static void check(opt_status status, const char *what) { need(status == OPT_STATUS_OK, what); }

static opt_client *create(const char *datafile) {
  opt_client *client = NULL;
  opt_options *options = opt_options_new();
  check(opt_options_set_datafile(options, opt_cstr(datafile), NULL), "datafile");
  check(opt_options_set_event_endpoint(options, opt_cstr(ENDPOINT), NULL), "endpoint");
  check(opt_options_set_flush_interval_ms(options, DAY_MS, NULL), "flush interval");
  check(opt_client_new(options, &client, NULL), "client");
  return client;
}

static opt_user *create_user(void) {
  opt_pair attributes[ATTRIBUTES] = {
      {OPT_STR("country"), opt_string(OPT_STR("DE"))},
      {OPT_STR("plan"), opt_string(OPT_STR("gold"))},
      {OPT_STR("age"), opt_int(34)},
      {OPT_STR("app_version"), opt_string(OPT_STR("9.4.1"))},
      {OPT_STR("logged_in"), opt_bool(true)},
  };
  opt_user *user = NULL;
  check(opt_user_new(OPT_STR("user-4711"), attributes, ATTRIBUTES, &user, NULL), "user");
  return user;
}

static void decide(const work *self, opt_str flag) {
  opt_decision *decision = NULL;
  opt_decision_view view;
  check(opt_decide(self->client, self->user, flag, OPT_DECIDE_DISABLE_DECISION_EVENT, &decision, NULL), "decide");
  check(opt_decision_read(decision, &view, sizeof view, NULL), "read");
  need(view.variation_key.data != NULL, "the user gets no variation");
  opt_decision_free(decision);
}

static void decide_plain(const work *self) { decide(self, OPT_STR("checkout_0")); }
static void decide_audience(const work *self) { decide(self, OPT_STR("checkout_3")); }

static void decide_all(const work *self) {
  opt_decisions *decisions = NULL;
  check(opt_decide_all(self->client, self->user, OPT_DECIDE_DISABLE_DECISION_EVENT, &decisions, NULL), "decide all");
  need(opt_decisions_count(decisions) > 0, "no flags");
  opt_decisions_free(decisions);
}

static void track(const work *self) {
  opt_pair tags[TAGS] = {
      {OPT_STR("revenue"), opt_int(4200)},
      {OPT_STR("value"), opt_double(42.5)},
      {OPT_STR("method"), opt_string(OPT_STR("card"))},
  };
  check(opt_track(self->client, self->user, OPT_STR("purchase"), tags, TAGS, NULL), "track");
}

static void is_feature_enabled(const work *self) {
  bool enabled = false;
  uint32_t event = OPT_EVENT_SUPPRESSED;
  opt_str flag = OPT_STR("checkout_3");
  check(opt_is_feature_enabled(self->client, self->user, flag, &enabled, &event, NULL), "is enabled");
  need(event == OPT_EVENT_ACCEPTED, "no impression is recorded");
}

static void activate(const work *self) {
  opt_decision *decision = NULL;
  opt_decision_view view;
  check(opt_activate(self->client, self->user, OPT_STR("checkout_test_3"), &decision, NULL), "activate");
  check(opt_decision_read(decision, &view, sizeof view, NULL), "read");
  need(view.event_status == OPT_EVENT_ACCEPTED, "no impression is recorded");
  opt_decision_free(decision);
}

// A request in the flat form, as opt_call_packed describes it; the processor is little-endian.
typedef struct {
  uint8_t bytes[REQUEST_BYTES];
  size_t size;
} request;

static void put(request *to, const void *from, size_t size) {
  need(to->size + size <= sizeof to->bytes, "the request is too long");
  memcpy(to->bytes + to->size, from, size);
  to->size += size;
}

static void put_u32(request *to, uint32_t number) { put(to, &number, sizeof number); }

static void put_text(request *to, const char *text) {
  put_u32(to, (uint32_t)strlen(text));
  put(to, text, strlen(text));
}

static void put_text_attribute(request *to, const char *key, const char *value) {
  put_text(to, key);
  put(to, &(uint8_t){OPT_VALUE_STRING}, 1);
  put_text(to, value);
}

// The request is written inside the call, as a binding writes it.
static void decide_packed(const work *self) {
  request to = {.size = 0};
  put(&to, (uint8_t[]){OPT_PACKED_VERSION, OPT_PACKED_DECIDE, 0, 0}, 4);
  put_u32(&to, OPT_DECIDE_DISABLE_DECISION_EVENT);
  put_text(&to, "checkout_0");
  put_u32(&to, 0);
  put_text(&to, "");
  put_u32(&to, 0);
  put_text(&to, "user-4711");
  put_u32(&to, ATTRIBUTES);
  put_text_attribute(&to, "country", "DE");
  put_text_attribute(&to, "plan", "gold");
  put_text_attribute(&to, "app_version", "9.4.1");
  put_text(&to, "age");
  put(&to, &(uint8_t){OPT_VALUE_INT}, 1);
  put(&to, &(int64_t){34}, 8);
  put_text(&to, "logged_in");
  put(&to, (uint8_t[]){OPT_VALUE_BOOL, 1}, 2);
  put_u32(&to, 0);
  put_u32(&to, UINT32_MAX);
  put_u32(&to, 0);
  put_u32(&to, 0);
  uint8_t answer[ANSWER_BYTES];
  size_t size = 0;
  check(opt_call_packed(self->client, to.bytes, to.size, answer, sizeof answer, &size, NULL), "packed");
  need(size > 2 && answer[1] == 1, "no decision");
}

static void user(const work *self) {
  (void)self;
  opt_user_free(create_user());
}

static void load(const work *self) { opt_client_free(create(self->datafile)); }

typedef struct {
  const char *name;
  void (*call)(const work *);
} named;

static const named CALLS[] = {
    {"user", user},
    {"decide", decide_plain},
    {"decide_audience", decide_audience},
    {"decide_all", decide_all},
    {"track", track},
    {"load", load},
    {"is_feature_enabled", is_feature_enabled},
    {"activate", activate},
    {"decide_packed", decide_packed},
};

// Callgrind counts while this runs.
__attribute__((noinline)) void measured(const work *self, void (*call)(const work *), size_t count) {
  for (size_t turn = 0; turn < count; turn++)
    call(self);
}

int main(int argc, char **argv) {
  need(argc == 4, "usage: instructions DATAFILE CALL COUNT");
  char *datafile = read_file(argv[1]);
  work self = {.client = create(datafile), .user = create_user(), .datafile = datafile};
  void (*call)(const work *) = NULL;
  for (size_t place = 0; place < sizeof CALLS / sizeof *CALLS; place++)
    if (strcmp(argv[2], CALLS[place].name) == 0)
      call = CALLS[place].call;
  need(call != NULL, "no such call");
  call(&self);
  size_t before = allocations;
  measured(&self, call, strtoul(argv[3], NULL, 10));
  printf("%zu\n", allocations - before);
  opt_user_free(self.user);
  opt_client_free(self.client);
  free(datafile);
  return 0;
}
