// Flush, close and statistics keep their time in whatever state the delivery is: connecting, shaking hands, waiting for
// an answer or its body, backing off, told to wait, held, or stuck in a callback; with a thread of its own and without.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "client.h"

enum { TIMEOUT_MS = 150, SLACK_MS = 50, STATS_MS = 50, EVENTS = 3, QUEUED = 8 };

// A peer that takes connections and says nothing; or none, once its queue of them is full.
typedef struct {
  int listener;
  int filling[QUEUED];
  char url[64];
} mute;

static mute mute_start(const char *scheme, bool is_full) {
  mute peer;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer.listener < 0 || bind(peer.listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(peer.listener, is_full ? 0 : QUEUED) != 0 ||
      getsockname(peer.listener, (struct sockaddr *)&address, &length) != 0)
    check_abort("no socket for the test");
  for (int i = 0; i < QUEUED; i++) {
    peer.filling[i] = -1;
    if (!is_full)
      continue;
    peer.filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    // All but the first few are never answered, as is the library's.
    (void)!connect(peer.filling[i], (const struct sockaddr *)&address, sizeof address);
  }
  snprintf(peer.url, sizeof peer.url, "%s://127.0.0.1:%d/v1/events", scheme, ntohs(address.sin_port));
  return peer;
}

static void mute_stop(mute *peer) {
  for (int i = 0; i < QUEUED; i++)
    if (peer->filling[i] >= 0)
      close(peer->filling[i]);
  close(peer->listener);
}

static long long read_stats_ms(const opt_client *client) {
  long long begin = now_ms();
  CHECK_INT(stats_of(client).pending, EVENTS);
  return now_ms() - begin;
}

// What waits for a client that can deliver nothing: each call ends at its time and says what is left.
static void check_deadlines(opt_client *client) {
  opt_error *error = NULL;
  uint64_t left = 0;
  track_many(client, "purchase", "visitor-", EVENTS);
  for (int i = 0; i < 2; i++) {
    long long begin = now_ms();
    CHECK_STATUS(opt_client_flush(client, TIMEOUT_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
    CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
    CHECK_INT(left, EVENTS);
    CHECK_RANGE(read_stats_ms(client), 0, STATS_MS);
  }
  long long begin = now_ms();
  CHECK_STATUS(opt_client_close(client, TIMEOUT_MS, &left, &error), OPT_STATUS_TIMEOUT, &error);
  CHECK_RANGE(now_ms() - begin, TIMEOUT_MS - 1, TIMEOUT_MS + SLACK_MS);
  CHECK_INT(left, EVENTS);
  begin = now_ms();
  opt_client_free(client);
  CHECK_RANGE(now_ms() - begin, 0, SLACK_MS);
}

static opt_client *client_at(const char *url, bool is_host_driven) {
  opt_error *error = NULL;
  opt_options *options = options_for(NULL);
  must(opt_options_set_event_endpoint(options, opt_cstr(url), &error), error);
  must(opt_options_set_host_driven(options, is_host_driven, &error), error);
  must(opt_options_set_retry_delays_ms(options, 300000, 300000, &error), error);
  return client_of(options);
}

static void test_faults(const collector *server, bool is_host_driven) {
  static const char *const faults[] = {
      "[{\"kind\":\"stall\"}]",
      "[{\"kind\":\"trickle\",\"delay_ms\":100,\"status\":500}]",
      "[{\"kind\":\"status\",\"status\":503}]",
      "[{\"kind\":\"status\",\"status\":429,\"retry_after\":\"3600\"}]",
      "[{\"kind\":\"status\",\"status\":403}]",
      "[{\"kind\":\"drop_after\"}]",
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    check_scope(faults[i]);
    collector_faults(server, faults[i]);
    check_deadlines(client_at(server->events_url, is_host_driven));
    collector_reset(server);
  }
  check_scope(NULL);
}

static void test_mute(const char *name, const char *scheme, bool is_full, bool is_host_driven) {
  check_scope(name);
  mute peer = mute_start(scheme, is_full);
  check_deadlines(client_at(peer.url, is_host_driven));
  mute_stop(&peer);
  check_scope(NULL);
}

typedef struct {
  atomic_bool is_inside;
  atomic_bool may_leave;
  atomic_int released;
} stuck;

static void stay(const opt_notification *notification, void *context) {
  (void)notification;
  stuck *self = context;
  atomic_store(&self->is_inside, true);
  while (!atomic_load(&self->may_leave))
    usleep(1000);
}

static void release(void *context) { atomic_fetch_add(&((stuck *)context)->released, 1); }

static bool is_inside(const void *context) { return atomic_load(&((const stuck *)context)->is_inside); }

static bool is_released(const void *context) { return atomic_load(&((const stuck *)context)->released) == 1; }

// The delivery thread is in a callback that does not return; what it uses outlives the client.
static void test_callback(const collector *server) {
  check_scope("a callback that stays");
  opt_error *error = NULL;
  uint64_t id;
  stuck self = {.is_inside = false};
  opt_client *client = client_at(server->events_url, false);
  must(opt_client_add_listener(client, OPT_NOTIFICATION_LOG_EVENT, stay, &self, release, &id, &error), error);
  check_deadlines(client);
  CHECK(wait_until(is_inside, &self));
  CHECK_INT(atomic_load(&self.released), 0);
  atomic_store(&self.may_leave, true);
  CHECK(wait_until(is_released, &self));
  check_scope(NULL);
}

static stuck resolver;

// Stands before the system's, which only names come to: a server of names that does not answer.
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  (void)node;
  (void)service;
  (void)hints;
  (void)result;
  stay(NULL, &resolver);
  return EAI_AGAIN;
}

static void test_resolver(void) {
  check_scope("a name that is not resolved");
  check_deadlines(client_at("http://events.invalid/v1/events", false));
  CHECK(wait_until(is_inside, &resolver));
  atomic_store(&resolver.may_leave, true);
  check_scope(NULL);
}

int main(void) {
  collector server = collector_start();
  for (int is_host_driven = 0; is_host_driven <= 1; is_host_driven++) {
    test_faults(&server, is_host_driven);
    test_mute("nobody takes the connection", "http", true, is_host_driven);
    test_mute("nobody answers the request", "http", false, is_host_driven);
    test_mute("nobody shakes hands", "https", false, is_host_driven);
  }
  test_callback(&server);
  test_resolver();
  collector_stop(&server);
  return check_done("deadlines");
}
