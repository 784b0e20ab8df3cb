// A prediction service on loopback, on a thread of this process: answers what it is told to, and counts and keeps what
// it is asked.
#ifndef OPTTRACK_TESTS_PREDICTOR_H
#define OPTTRACK_TESTS_PREDICTOR_H

#include <pthread.h>
#include <stdbool.h>

#include "json.h"

enum { PREDICTOR_ROOM = 16 * 1024 };

typedef struct {
  // Where the library is to ask; holds "%s" for the rule id.
  char url_template[64];
  int listener;
  pthread_t thread;
  // Everything below belongs to whoever holds this.
  pthread_mutex_t lock;
  pthread_cond_t changed;
  // The next answers: a status, and a variation id or, if it begins with '{' or is empty, a body as it is.
  int status;
  char answer[256];
  // While true, requests are taken and not answered.
  bool is_silent;
  bool is_ending;
  int requests;
  char path[128];
  char body[PREDICTOR_ROOM];
} predictor;

// Starts it in place; it must not move.
void predictor_start(predictor *server);

// Ends it and waits for its thread.
void predictor_stop(predictor *server);

// What every request gets from now on. Status 0: no answer at all, until the next call of this or predictor_stop.
void predictor_answer(predictor *server, int status, const char *answer);

// The number of requests so far.
int predictor_requests(predictor *server);

// The path of the last request, copied into `path` of 128 bytes, and its body; NULL if there was none or it is not
// JSON. Free it with json_free.
json *predictor_last(predictor *server, char *path);

#endif
