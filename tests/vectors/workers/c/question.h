// One question of the protocol and its answer.
#ifndef OPTTRACK_WORKER_QUESTION_H
#define OPTTRACK_WORKER_QUESTION_H

#include "json.h"
#include "output.h"

// Makes the client that a question describes and the calls on it, and writes the answer, without the end of its line.
void question_answer(const json *question, output *answer);

#endif
