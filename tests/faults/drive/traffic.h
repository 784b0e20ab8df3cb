// Threads that track, each with its own list of what was accepted.
#ifndef OPTTRACK_FAULTS_TRAFFIC_H
#define OPTTRACK_FAULTS_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>

#include "drive.h"

// What this program needs itself is set aside before memory is short: `TIMED` is the last calls of a thread that are
// timed.
enum { TRACKERS = 256, STATUSES = 32, TIMED = 8192, LONGEST_TEXT = 8 << 20 };

typedef struct {
  pthread_t thread;
  const opt_client *client;
  const char *prefix;
  unsigned number;
  unsigned long long count;
  // Events a second; 0: as fast as can be.
  double rate;
  uint64_t until_ns;
  // A tag of this text, if it has any.
  opt_str text;
  bool is_impression;
  bool stops_when_refused;
  const atomic_bool *is_halted;

  unsigned long long accepted;
  unsigned long long refused[STATUSES];
  char message[200];
  // Time of the calls that were accepted.
  uint32_t times_ns[TIMED];
  size_t timed;
} tracker;

// Tracks as the tracker says; a thread's body.
void *traffic_run(void *context);

#endif
