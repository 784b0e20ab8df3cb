// The prediction service: one connection at a time, HTTP/1.1 with the connection closed after each answer.
#define _GNU_SOURCE
#include "predictor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

enum { TAKE_MS = 20000 };

// Reads a whole request; false if the peer goes away first. Head and body are left in `text`, the body's start
// returned.
static char *take_request(int connection, char *text) {
  size_t used = 0;
  for (;;) {
    struct pollfd ready = {.fd = connection, .events = POLLIN};
    ssize_t got = poll(&ready, 1, TAKE_MS) == 1 ? recv(connection, text + used, PREDICTOR_ROOM - 1 - used, 0) : 0;
    if (got <= 0)
      return NULL;
    used += (size_t)got;
    text[used] = '\0';
    char *head_end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (head_end && length && length < head_end) {
      size_t body = (size_t)strtoul(length + 17, NULL, 10);
      if (used >= (size_t)(head_end + 4 - text) + body)
        return head_end + 4;
    }
  }
}

// Notes the request, waits while there is to be no answer, and gives the answer; with the lock held. False: none.
static bool choose_answer(predictor *server, const char *head, const char *body, char *answer, size_t room) {
  server->requests++;
  server->path[0] = '\0';
  if (sscanf(head, "POST %127s", server->path) != 1)
    server->path[0] = '\0';
  snprintf(server->body, sizeof server->body, "%s", body);
  pthread_cond_broadcast(&server->changed);
  while (server->is_silent && !server->is_ending)
    pthread_cond_wait(&server->changed, &server->lock);
  char content[512];
  bool is_body = server->answer[0] == '{' || server->answer[0] == '\0';
  snprintf(content, sizeof content, is_body ? "%s" : "{\"predictions\":[{\"variation_id\":\"%s\"}]}", server->answer);
  snprintf(answer, room,
           "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nConnection: close\r\n"
           "Content-Length: %zu\r\n\r\n%s",
           server->status, strlen(content), content);
  return !server->is_ending && server->status != 0;
}

static void serve(predictor *server, int connection) {
  static _Thread_local char text[PREDICTOR_ROOM];
  char answer[1024];
  const char *body = take_request(connection, text);
  if (!body)
    return;
  pthread_mutex_lock(&server->lock);
  bool is_answered = choose_answer(server, text, body, answer, sizeof answer);
  pthread_mutex_unlock(&server->lock);
  if (is_answered)
    (void)!send(connection, answer, strlen(answer), MSG_NOSIGNAL);
}

static void *run(void *context) {
  predictor *server = context;
  for (;;) {
    int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    // The listener was shut down: the end.
    if (connection < 0)
      return NULL;
    serve(server, connection);
    close(connection);
  }
}

void predictor_start(predictor *server) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  memset(server, 0, sizeof *server);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server->listener < 0 || bind(server->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(server->listener, 64) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &length) != 0)
    check_abort("no socket for the prediction service");
  snprintf(server->url_template, sizeof server->url_template, "http://127.0.0.1:%u/predict/%%s",
           ntohs(address.sin_port));
  pthread_mutex_init(&server->lock, NULL);
  pthread_cond_init(&server->changed, NULL);
  server->status = 200;
  if (pthread_create(&server->thread, NULL, run, server) != 0)
    check_abort("no thread for the prediction service");
}

void predictor_stop(predictor *server) {
  pthread_mutex_lock(&server->lock);
  server->is_ending = true;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  pthread_cond_destroy(&server->changed);
  pthread_mutex_destroy(&server->lock);
}

void predictor_answer(predictor *server, int status, const char *answer) {
  pthread_mutex_lock(&server->lock);
  server->status = status;
  server->is_silent = status == 0;
  snprintf(server->answer, sizeof server->answer, "%s", answer);
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
}

int predictor_requests(predictor *server) {
  pthread_mutex_lock(&server->lock);
  int requests = server->requests;
  pthread_mutex_unlock(&server->lock);
  return requests;
}

json *predictor_last(predictor *server, char *path) {
  pthread_mutex_lock(&server->lock);
  json *body = json_parse(server->body, strlen(server->body));
  memcpy(path, server->path, sizeof server->path);
  pthread_mutex_unlock(&server->lock);
  return body;
}
