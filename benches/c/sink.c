// A server of events that is faster than any client: answers 204 first and then counts what it was sent.
//
// Usage: sink; it prints where it listens, and ends with its standard input. Each line there is answered by one of
// JSON:
//   stats               what has come: events (by their uuids), visitors (different ones), posts, connections, and when
//                       the mark was reached, by CLOCK_MONOTONIC; 0 before
//   wait EVENTS MS      the same, once so many events have come or the time is over
//   mark EVENTS         the number of events whose time is taken
//   answer STATUS       posts are answered so from now on; only those with 204 count
//   visitors COUNT      from now on tells visitors apart, named user-0 and on, up to so many
//
// It reads HTTP as the SDKs write it, with a Content-Length, and ends loudly at anything else.

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support.h"

enum { HEAD_BYTES = 16384, STACK_BYTES = 1 << 17, BACKLOG = 4096, TICK_US = 100 };

static atomic_llong events, visitors, posts, connections, mark_events, mark_ns;
static atomic_int status = 204;
static _Atomic(atomic_uchar *) seen;
static size_t seen_count;

// How often the needle is in the text; `found` is told where each of them ends.
static long long occurrences(const char *text, size_t size, const char *needle, void (*found)(const char *)) {
  long long count = 0;
  const char *end = text + size;
  size_t length = strlen(needle);
  for (const char *at = text; (at = memmem(at, (size_t)(end - at), needle, length)); at += length, count++)
    if (found)
      found(at + length);
  return count;
}

// Marks the visitor whose name follows: `:"user-17"`, with or without a space.
static void mark(const char *text) {
  const char *name = strstr(text, "user-");
  need(name && name - text < 5, "a visitor has another name than expected");
  size_t number = strtoul(name + 5, NULL, 10);
  need(number < seen_count, "a visitor has a higher number than expected");
  if (!atomic_exchange(&seen[number], 1))
    atomic_fetch_add(&visitors, 1);
}

static void count(char *body, size_t size) {
  body[size] = '\0';
  if (seen)
    occurrences(body, size, "\"visitor_id\"", mark);
  long long came = occurrences(body, size, "\"uuid\"", NULL);
  came += atomic_fetch_add(&events, came);
  if (came >= atomic_load(&mark_events) && atomic_load(&mark_ns) == 0)
    atomic_store(&mark_ns, now(CLOCK_MONOTONIC));
}

static bool write_all(int peer, const char *text) {
  size_t size = strlen(text);
  return send(peer, text, size, MSG_NOSIGNAL) == (ssize_t)size;
}

// The length that a head announces.
static size_t length_of(const char *head) {
  const char *field = strcasestr(head, "\r\ncontent-length:");
  need(field != NULL, "a request without Content-Length");
  return strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
}

static bool answer(int peer) {
  char text[128];
  int now_status = atomic_load(&status);
  snprintf(text, sizeof text, "HTTP/1.1 %d Sink\r\n%s\r\n", now_status,
           now_status == 204 ? "" : "Content-Length: 0\r\n");
  return write_all(peer, text) && now_status == 204;
}

// Serves one request; false at the connection's end.
static bool serve_one(int peer, char *head, char **body, size_t *room) {
  size_t got = 0;
  char *rest = NULL;
  while (!rest) {
    need(got < HEAD_BYTES - 1, "a head is too long");
    ssize_t part = recv(peer, head + got, HEAD_BYTES - 1 - got, 0);
    if (part <= 0)
      return false;
    got += (size_t)part;
    head[got] = '\0';
    rest = strstr(head, "\r\n\r\n");
  }
  rest += 4;
  size_t size = length_of(head), have = got - (size_t)(rest - head);
  need(have <= size, "a request before the answer to the one before");
  if (size + 1 > *room) {
    *room = size + 1;
    *body = realloc(*body, *room);
    need(*body != NULL, "no memory");
  }
  memcpy(*body, rest, have);
  while (have < size) {
    ssize_t part = recv(peer, *body + have, size - have, 0);
    if (part <= 0)
      return false;
    have += (size_t)part;
  }
  atomic_fetch_add(&posts, 1);
  // Answered before it is counted, so that the client need not wait for that.
  if (answer(peer))
    count(*body, size);
  return true;
}

static void *serve(void *argument) {
  int peer = (int)(intptr_t)argument, yes = 1;
  setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  char *head = malloc(HEAD_BYTES), *body = NULL;
  size_t room = 0;
  need(head != NULL, "no memory");
  bool is_first = true;
  while (serve_one(peer, head, &body, &room)) {
    if (is_first)
      atomic_fetch_add(&connections, 1);
    is_first = false;
  }
  free(body);
  free(head);
  close(peer);
  return NULL;
}

static void *accept_all(void *argument) {
  int listener = (int)(intptr_t)argument;
  pthread_attr_t attributes;
  need(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
           pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0,
       "thread attributes");
  for (int peer; (peer = accept(listener, NULL, NULL)) >= 0;) {
    pthread_t thread;
    need(pthread_create(&thread, &attributes, serve, (void *)(intptr_t)peer) == 0, "a thread for a connection");
  }
  need(false, "accept");
  return NULL;
}

static int listen_on_loopback(void) {
  struct rlimit files;
  need(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
  files.rlim_cur = files.rlim_max;
  need(setrlimit(RLIMIT_NOFILE, &files) == 0, "setrlimit");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  need(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, BACKLOG) == 0,
       "listening on loopback");
  need(getsockname(listener, (struct sockaddr *)&address, &size) == 0, "getsockname");
  printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  return listener;
}

static void tell(void) {
  printf("{\"events\":%lld,\"visitors\":%lld,\"posts\":%lld,\"connections\":%lld,\"mark_ns\":%lld}\n",
         atomic_load(&events), atomic_load(&visitors), atomic_load(&posts), atomic_load(&connections),
         atomic_load(&mark_ns));
}

static void obey(const char *line) {
  long long first = 0, second = 0;
  if (sscanf(line, "wait %lld %lld", &first, &second) == 2) {
    int64_t deadline = now(CLOCK_MONOTONIC) + second * 1000000;
    while (atomic_load(&events) < first && now(CLOCK_MONOTONIC) < deadline)
      usleep(TICK_US);
  } else if (sscanf(line, "mark %lld", &first) == 1) {
    atomic_store(&mark_events, first);
    atomic_store(&mark_ns, 0);
  } else if (sscanf(line, "answer %lld", &first) == 1) {
    atomic_store(&status, (int)first);
  } else if (sscanf(line, "visitors %lld", &first) == 1) {
    seen_count = (size_t)first;
    atomic_uchar *marks = calloc(seen_count, 1);
    need(marks != NULL, "no memory");
    atomic_store(&seen, marks);
  } else {
    need(strncmp(line, "stats", 5) == 0, line);
  }
  tell();
}

int main(void) {
  int listener = listen_on_loopback();
  fflush(stdout);
  pthread_t acceptor;
  need(pthread_create(&acceptor, NULL, accept_all, (void *)(intptr_t)listener) == 0, "a thread to accept");
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    obey(line);
    fflush(stdout);
  }
  return 0;
}
