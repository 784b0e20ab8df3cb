// A program that the rows of the fault table drive: reads commands from standard input, one a line, does each with the
// library and answers with one line of JSON. What it was told is accepted goes into files outside of it, so that the
// books survive it.
#ifndef OPTTRACK_FAULTS_DRIVE_H
#define OPTTRACK_FAULTS_DRIVE_H

#include <opttrack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENTS = 16, WORDS = 32 };

// A command: its name, and `key=value` words whose values are decoded (%XX), so that they can hold any byte.
typedef struct {
  const char *name;
  size_t count;
  const char *keys[WORDS];
  const char *values[WORDS];
} command;

// The client in use; NULL before the first `open`.
opt_client *client_in_use(void);

// Puts a client into the slot in use.
void client_replace(opt_client *client);

// The folder of the books; none: no books are kept.
const char *books_folder(void);

// A word's value, or what stands for it.
const char *text_of(const command *said, const char *key, const char *otherwise);
unsigned long long number_of(const command *said, const char *key, unsigned long long otherwise);
bool has(const command *said, const char *key);

// The answer under way: members are added, then it is sent as one line. Only the thread that reads commands answers.
void answer_number(const char *key, long long value);
void answer_text(const char *key, const char *value, size_t length);
void answer_raw(const char *key, const char *json);

// The status, and of an error its message, which is freed.
void answer_status(opt_status status, opt_error *error);

// Ends the program: a command that can't be done.
_Noreturn void drive_abort(const char *what);

// A datafile with events `purchase` and `newsletter`, experiment `checkout_button` and flag `dark_mode`.
opt_str shop_datafile(void);

// The monotonic clock in nanoseconds.
uint64_t now_ns(void);

// How late a short sleep has ended at worst since the last call, in milliseconds: what the machine, not the library, is
// to blame for.
long long machine_late_ms(void);

// Throws what nobody catches.
_Noreturn void drive_throw(void);

// Sleeps.
void pause_ms(unsigned long long ms);

// The commands, by what they are about. Each says whether the command was one of its own.
bool do_open(const command *said);
bool do_traffic(const command *said);
bool do_state(const command *said);
bool do_process(const command *said);
bool do_fork(const command *said);
bool do_threads(const command *said);
bool do_memory(const command *said);
bool do_host(const command *said);

#endif
