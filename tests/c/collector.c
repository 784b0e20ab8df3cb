// Speaks to the collector: a child process, and HTTP/1.1 with one connection a request.
#define _GNU_SOURCE
#include "collector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { ANSWER_STEP = 64 * 1024 };

static void run_child(int input, int output) {
  const char *binary = getenv("OPT_COLLECTOR");
  if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0)
    execl(binary, binary, "--exit-with-stdin", (char *)NULL);
  _exit(127);
}

static unsigned read_port(int output) {
  static const char greeting[] = "listening on http://127.0.0.1:";
  char line[128];
  size_t used = 0;
  while (used < sizeof line - 1 && read(output, line + used, 1) == 1 && line[used] != '\n')
    used++;
  line[used] = '\0';
  if (strncmp(line, greeting, sizeof greeting - 1) != 0)
    check_abort("the collector did not say where it listens");
  return (unsigned)strtoul(line + sizeof greeting - 1, NULL, 10);
}

collector collector_start(void) {
  int to_child[2], from_child[2];
  if (!getenv("OPT_COLLECTOR"))
    check_abort("OPT_COLLECTOR names no collector");
  if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0)
    check_abort("no pipe for the collector");
  collector server = {.input = to_child[1]};
  server.process = fork();
  if (server.process < 0)
    check_abort("no process for the collector");
  if (server.process == 0)
    run_child(to_child[0], from_child[1]);
  close(to_child[0]);
  close(from_child[1]);
  server.port = read_port(from_child[0]);
  close(from_child[0]);
  snprintf(server.events_url, sizeof server.events_url, "http://127.0.0.1:%u/v1/events", server.port);
  return server;
}

void collector_stop(collector *server) {
  close(server->input);
  while (waitpid(server->process, NULL, 0) < 0 && errno == EINTR)
    continue;
}

static int connect_to(const collector *server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (const struct sockaddr *)&address, sizeof address) != 0)
    check_abort("the collector takes no connection");
  return connection;
}

static void send_all(int connection, const char *text, size_t length) {
  while (length > 0) {
    ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR)
      check_abort("the collector takes no request");
    if (sent > 0) {
      text += sent;
      length -= (size_t)sent;
    }
  }
}

// Everything until the peer closes, NUL-terminated.
static char *receive_all(int connection, size_t *length) {
  char *text = NULL;
  ssize_t got;
  *length = 0;
  do {
    text = realloc(text, *length + ANSWER_STEP + 1);
    if (!text)
      check_abort("out of memory for an answer");
    got = recv(connection, text + *length, ANSWER_STEP, 0);
    *length += got > 0 ? (size_t)got : 0;
  } while (got > 0 || (got < 0 && errno == EINTR));
  text[*length] = '\0';
  return text;
}

int collector_call(const collector *server, const char *method, const char *path, const char *body, json **answer) {
  char head[512];
  size_t body_length = body ? strlen(body) : 0;
  int head_length = snprintf(head, sizeof head,
                             "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
                             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                             method, path, server->port, body_length);
  int connection = connect_to(server);
  send_all(connection, head, (size_t)head_length);
  send_all(connection, body ? body : "", body_length);
  size_t length;
  char *text = receive_all(connection, &length);
  close(connection);
  const char *content = strstr(text, "\r\n\r\n");
  if (strncmp(text, "HTTP/1.1 ", 9) != 0 || !content)
    check_abort("the collector's answer is not HTTP");
  int status = (int)strtol(text + 9, NULL, 10);
  if (answer)
    *answer = json_parse(content + 4, length - (size_t)(content + 4 - text));
  free(text);
  return status;
}

// An answer that must be there.
static json *must_get(const collector *server, const char *path) {
  json *answer = NULL;
  if (collector_call(server, "GET", path, NULL, &answer) != 200 || !answer)
    check_abort(path);
  return answer;
}

long long collector_stat(const collector *server, const char *path) {
  json *stats = must_get(server, "/control/stats");
  long long value = json_int(stats, path);
  json_free(stats);
  return value;
}

json *collector_batches(const collector *server) { return must_get(server, "/control/batches"); }

void collector_faults(const collector *server, const char *faults) {
  int status = collector_call(server, "PUT", "/control/faults", faults, NULL);
  if (status < 200 || status > 299)
    check_abort(faults);
}

long long collector_fired(const collector *server, const char *kind) {
  json *stats = must_get(server, "/control/stats");
  const json *fired = json_member(json_at(stats, "faults_fired"), kind, strlen(kind));
  long long count = fired ? strtoll(fired->text, NULL, 10) : 0;
  json_free(stats);
  return count;
}

void collector_reset(const collector *server) {
  int status = collector_call(server, "POST", "/control/reset", NULL, NULL);
  if (status < 200 || status > 299)
    check_abort("the collector was not reset");
}

bool collector_wait(const collector *server, const char *what, long long count, int timeout_ms) {
  char path[128];
  snprintf(path, sizeof path, "/control/wait?%s=%lld&timeout_ms=%d", what, count, timeout_ms);
  return collector_call(server, "GET", path, NULL, NULL) == 200;
}
