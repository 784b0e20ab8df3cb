// Why does a visitor get what they get? `explain DATAFILE FLAG USER [ATTRIBUTE=VALUE]…`
//
// A value that is a whole number or true or false counts as such, any other is a text. Nothing is recorded or sent.
//
//   cc -std=c11 explain.c $(pkg-config --cflags --libs opttrack) -o explain
#include <errno.h>
#include <opttrack.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ATTRIBUTES = 64 };

static opt_value value_of(const char *text) {
  char *end;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  if (*text && !*end && errno == 0)
    return opt_int(number);
  if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
    return opt_bool(*text == 't');
  return opt_string(opt_cstr(text));
}

// The datafile's text; the process ends with it.
static opt_str read_file(const char *path) {
  static char data[16 << 20];
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(data, 1, sizeof data, file) : 0;
  if (file)
    fclose(file);
  return (opt_str){data, length};
}

static opt_status explain(int argc, char **argv, opt_error **error) {
  opt_pair attributes[MOST_ATTRIBUTES];
  size_t count = 0;
  for (int i = 4; i < argc && count < MOST_ATTRIBUTES; i++) {
    char *equals = strchr(argv[i], '=');
    if (!equals)
      continue;
    attributes[count].key = (opt_str){argv[i], (size_t)(equals - argv[i])};
    attributes[count++].value = value_of(equals + 1);
  }
  opt_client *client = NULL;
  opt_user *user = NULL;
  opt_decision *decision = NULL;
  opt_options *options = opt_options_new();
  opt_status status = opt_options_set_datafile(options, read_file(argv[1]), error);
  if (status == OPT_STATUS_OK)
    status = opt_client_new(options, &client, error);
  else
    opt_options_free(options);
  if (status == OPT_STATUS_OK)
    status = opt_user_new(opt_cstr(argv[3]), attributes, count, &user, error);
  if (status == OPT_STATUS_OK) {
    uint32_t how = OPT_DECIDE_INCLUDE_REASONS | OPT_DECIDE_DISABLE_DECISION_EVENT | OPT_DECIDE_NO_WAIT;
    status = opt_decide(client, user, opt_cstr(argv[2]), how, &decision, error);
  }
  if (status == OPT_STATUS_OK) {
    opt_str text = opt_decision_explain_text(decision), variables = opt_decision_variables(decision);
    printf("%.*svariables: %.*s\n", (int)text.len, text.data, (int)variables.len, variables.data);
  }
  opt_decision_free(decision);
  opt_user_free(user);
  opt_client_free(client);
  return status;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: explain DATAFILE FLAG USER [ATTRIBUTE=VALUE]...\n");
    return 2;
  }
  opt_error *error = NULL;
  opt_status status = explain(argc, argv, &error);
  if (status != OPT_STATUS_OK) {
    opt_str message = opt_error_message(error);
    fprintf(stderr, "explain: %s: %.*s\n", opt_status_name(status), (int)message.len, message.data ? message.data : "");
  }
  opt_error_free(error);
  return status == OPT_STATUS_OK ? 0 : 1;
}
