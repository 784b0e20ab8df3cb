// The life of one client: made from a question's options, forced, called, flushed and closed.
#include "question.h"

#include <stdio.h>
#include <stdlib.h>

#include "calls.h"
#include "profile.h"
#include "values.h"

// Longest wait for the endpoint in milliseconds, in flush and in close.
enum { TIMEOUT_MS = 10000 };

// Reads a whole file; false if it can't be read.
static bool read_file(const char *path, output *into) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return false;
  if (fseek(file, 0, SEEK_END) == 0) {
    long size = ftell(file);
    rewind(file);
    into->text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    into->room = (size_t)size + 1;
    if (into->text)
      into->length = fread(into->text, 1, (size_t)size, file);
  }
  bool is_read = into->text && !ferror(file);
  return fclose(file) == 0 && is_read;
}

// Writes an answer that has only the member `name`, a sentence with what the library says.
static void write_trouble(output *answer, const char *name, const char *what, const opt_error *error) {
  output text = {.text = NULL};
  output_raw(&text, what);
  if (error) {
    output_raw(&text, ": ");
    output_json(&text, opt_error_message(error));
  }
  answer->length = 0;
  output_raw(answer, "{\"");
  output_raw(answer, name);
  output_raw(answer, "\":");
  output_text(answer, (opt_str){text.text, text.length});
  output_raw(answer, "}");
  output_free(&text);
}

static void write_refusal(output *answer, opt_status status, const opt_error *error) {
  output_raw(answer, "{\"refused\":{\"status\":");
  call_write_status(answer, status);
  output_raw(answer, ",\"message\":");
  output_text(answer, opt_error_message(error));
  output_raw(answer, "}}");
}

static uint32_t count_of(const json *question, const char *name) { return (uint32_t)json_int(question, name); }

// Fills options from a question.
static opt_status set_options(opt_options *options, const json *question, opt_str datafile, profile_service *profiles,
                              opt_error **error) {
  opt_str predictions = value_text_of(question, "cmab_endpoint");
  opt_status status = opt_options_set_log_level(options, OPT_LOG_OFF, error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_datafile(options, datafile, error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_event_endpoint(options, value_text_of(question, "endpoint"), error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_batch_size(options, count_of(question, "batch_size"), error);
  if (status == OPT_STATUS_OK)
    status = opt_options_set_flush_interval_ms(options, count_of(question, "flush_interval_ms"), error);
  if (status == OPT_STATUS_OK && predictions.data)
    status = opt_options_set_cmab_endpoint(options, predictions, error);
  if (status == OPT_STATUS_OK && value_member(question, "profile"))
    status = opt_options_set_user_profile_service(options, profile_lookup, profile_save, profiles, NULL, error);
  return status;
}

static opt_status make_client(const json *question, opt_str datafile, profile_service *profiles, opt_client **client,
                              opt_error **error) {
  opt_options *options = opt_options_new();
  opt_status status = set_options(options, question, datafile, profiles, error);
  if (status == OPT_STATUS_OK)
    return opt_client_new(options, client, error);
  opt_options_free(options);
  return status;
}

// Sets the forced variations of a question, and writes of each whether it was taken.
static void force_variations(const opt_client *client, const json *question, output *answer) {
  const json *forced = value_member(question, "forced_variations");
  for (size_t i = 0; forced && i < forced->count; i++) {
    opt_str experiment = value_text(json_at(&forced->items[i], "[0]"));
    opt_str user = value_text(json_at(&forced->items[i], "[1]"));
    opt_str variation = value_text(json_at(&forced->items[i], "[2]"));
    opt_status status = variation.data ? opt_client_set_forced_variation(client, experiment, user, variation, NULL)
                                       : opt_client_remove_forced_variation(client, experiment, user, NULL);
    output_raw(answer, i == 0 ? "" : ",");
    output_bool(answer, status == OPT_STATUS_OK);
  }
}

static void answer_with(const opt_client *client, const json *question, const json *calls,
                        const profile_service *profiles, output *answer) {
  opt_error *error = NULL;
  output_raw(answer, "{\"set\":[");
  force_variations(client, question, answer);
  output_raw(answer, "],\"answers\":[");
  for (size_t i = 0; i < calls->count; i++) {
    output_raw(answer, i == 0 ? "" : ",");
    call_make(client, &calls->items[i], answer);
  }
  output_raw(answer, "]");
  if (profiles->saved.length > 0) {
    output_raw(answer, ",\"saved\":");
    output_json(answer, (opt_str){profiles->saved.text, profiles->saved.length});
  }
  output_raw(answer, "}");
  const json *flush = value_member(question, "flush");
  bool is_flushed = flush && flush->kind == JSON_BOOL && flush->text[0] == 't';
  if (is_flushed && opt_client_flush(client, TIMEOUT_MS, NULL, &error) != OPT_STATUS_OK)
    write_trouble(answer, "problem", "flush", error);
  else if (opt_client_close(client, TIMEOUT_MS, NULL, &error) != OPT_STATUS_OK)
    write_trouble(answer, "problem", "close", error);
  opt_error_free(error);
}

void question_answer(const json *question, output *answer) {
  const json *calls = value_member(question, "calls");
  const char *path = json_text(question, "datafile");
  output datafile = {.text = NULL};
  if (!calls || calls->kind != JSON_ARRAY || !path || !read_file(path, &datafile)) {
    write_trouble(answer, "problem", "a question without calls or a readable datafile", NULL);
    output_free(&datafile);
    return;
  }
  const char *obstacle = NULL;
  for (size_t i = 0; i < calls->count && !obstacle; i++)
    obstacle = call_obstacle(&calls->items[i]);
  if (obstacle) {
    write_trouble(answer, "skipped", obstacle, NULL);
    output_free(&datafile);
    return;
  }
  profile_service profiles;
  profile_read(&profiles, question);
  opt_client *client = NULL;
  opt_error *error = NULL;
  opt_status status = make_client(question, (opt_str){datafile.text, datafile.length}, &profiles, &client, &error);
  if (status == OPT_STATUS_OK)
    answer_with(client, question, calls, &profiles, answer);
  else
    write_refusal(answer, status, error);
  opt_error_free(error);
  opt_client_free(client);
  profile_free(&profiles);
  output_free(&datafile);
}
