// The Events API on loopback, in a process of its own: started, asked and told to misbehave.
#ifndef OPTTRACK_TESTS_COLLECTOR_H
#define OPTTRACK_TESTS_COLLECTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "json.h"

typedef struct {
  pid_t process;
  // Held open; the collector ends when it closes, also when this program dies.
  int input;
  unsigned port;
  // Where events are posted.
  char events_url[64];
} collector;

// Starts the binary named by OPT_COLLECTOR. Start it before any thread. Ends the program if it can't.
collector collector_start(void);

// Ends the collector and waits for it.
void collector_stop(collector *server);

// One request to a control endpoint; the status of the answer. `*answer`, if asked for, is the caller's to free with
// json_free, and NULL if the body is empty.
int collector_call(const collector *server, const char *method, const char *path, const char *body, json **answer);

// A count of GET /control/stats, by its path in the answer.
long long collector_stat(const collector *server, const char *path);

// Every accepted post as {"path", "headers", "body"}. Free it with json_free.
json *collector_batches(const collector *server);

// Puts these faults in force in place of all others: a JSON array.
void collector_faults(const collector *server, const char *faults);

// How often the faults of one kind have fired.
long long collector_fired(const collector *server, const char *kind);

// Forgets everything received, and all faults.
void collector_reset(const collector *server);

// Waits until `what` ("unique" or "posts") has reached `count`; false at the time-out.
bool collector_wait(const collector *server, const char *what, long long count, int timeout_ms);

#endif
