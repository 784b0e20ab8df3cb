// Decide options by name, and decisions as JSON.
#ifndef OPTTRACK_WORKER_DECISIONS_H
#define OPTTRACK_WORKER_DECISIONS_H

#include <opttrack.h>
#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "output.h"

// Is every option of a call one that the library has?
bool decision_options_are_known(const json *call);

// The options of a call as the library's sum.
uint32_t decision_options(const json *call);

// Writes a decision as an object; null for NULL.
void decision_write(output *to, const opt_decision *decision);

// Writes decisions as an object by flag key; null for NULL.
void decision_write_all(output *to, const opt_decisions *decisions);

#endif
