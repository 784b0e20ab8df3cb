// One call of a question, made through the library.
#ifndef OPTTRACK_WORKER_CALLS_H
#define OPTTRACK_WORKER_CALLS_H

#include <opttrack.h>
#include <stdbool.h>

#include "json.h"
#include "output.h"

// Why a call can't be made: a sentence, or NULL if it can.
const char *call_obstacle(const json *call);

// Makes a call and writes its answer, `{"status":…,"result":…}`.
void call_make(const opt_client *client, const json *call, output *answer);

// Writes the name of a status without its prefix, in quotes.
void call_write_status(output *to, opt_status status);

#endif
