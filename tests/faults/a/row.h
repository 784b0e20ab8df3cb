// What the rows of misuse share: how long a form of a row runs, and figures of this process.
#ifndef OPTTRACK_FAULTS_ROW_H
#define OPTTRACK_FAULTS_ROW_H

#include <pthread.h>
#include <stdbool.h>

// How often to do something: the short form of `make test`, the campaign's where OPT_CAMPAIGN is set, or a part of the
// short form under a checker that is many times slower, where OPT_SLOW is set.
unsigned long times(unsigned long short_form, unsigned long campaign_form);

// Open file descriptors of this process.
int count_files(void);

// Memory of this process that is in use, in KiB.
long resident_kib(void);

// Starts a thread, or ends the program.
pthread_t start(void *(*body)(void *), void *context);

// Waits for a thread to end; false if it has not after a minute, which is a hang.
bool has_ended(pthread_t thread);

#endif
