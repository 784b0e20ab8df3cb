// A program that a test drives by its arguments: `name=value` sets an option, `:command=value` does something with the
// client that they make, in their order. Each command prints a line, `command status message`; `:pause` waits for a
// line on standard input.
#include <opttrack.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The client and what the commands share.
struct probe {
  opt_options *options;
  opt_client *client;
  opt_user *user;
  opt_error *error;
};

static opt_str text(const char *bytes) { return opt_cstr(bytes); }

// Prints what came of a command.
static void told(struct probe *probe, const char *command, opt_status status, const char *more) {
  opt_str message = opt_error_message(probe->error);
  printf("%s %s %s%.*s\n", command, opt_status_name(status), more, (int)message.len, message.data ? message.data : "");
  fflush(stdout);
  opt_error_free(probe->error);
  probe->error = NULL;
}

// Splits `value` at its first comma; the rest is the empty text if there is none.
static char *rest_of(char *value) {
  char *comma = strchr(value, ',');
  if (!comma)
    return value + strlen(value);
  *comma = '\0';
  return comma + 1;
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  size_t size = 0, room = 1 << 16;
  char *bytes = malloc(room);
  for (size_t count; bytes && (count = fread(bytes + size, 1, room - size - 1, file)) > 0;) {
    size += count;
    if (room - size < 2)
      bytes = realloc(bytes, room *= 2);
  }
  if (bytes)
    bytes[size] = '\0';
  fclose(file);
  return bytes;
}

static void print_record(const opt_log_record *record, void *unused) {
  (void)unused;
  printf("log %u %u %u %.*s\n", record->level, record->status, record->http_status, (int)record->message.len,
         record->message.data);
}

// Sets the option of a name.
static opt_status set(struct probe *probe, const char *name, char *value) {
  opt_options *options = probe->options;
  opt_error **error = &probe->error;
  if (strcmp(name, "datafile") == 0) {
    char *bytes = read_file(value);
    opt_status status = opt_options_set_datafile(options, text(bytes ? bytes : ""), error);
    free(bytes);
    return status;
  }
  if (strcmp(name, "sdk_key") == 0)
    return opt_options_set_sdk_key(options, text(value), error);
  if (strcmp(name, "token") == 0)
    return opt_options_set_access_token(options, text(value), error);
  if (strcmp(name, "datafile_url") == 0)
    return opt_options_set_datafile_url(options, text(value), error);
  if (strcmp(name, "interval") == 0)
    return opt_options_set_polling_interval_ms(options, strtoull(value, NULL, 10), error);
  if (strcmp(name, "endpoint") == 0)
    return opt_options_set_event_endpoint(options, text(value), error);
  if (strcmp(name, "odp_host") == 0)
    return opt_options_set_odp_host(options, text(value), error);
  if (strcmp(name, "cmab_endpoint") == 0)
    return opt_options_set_cmab_endpoint(options, text(value), error);
  if (strcmp(name, "ca") == 0)
    return opt_options_set_ca_file(options, text(value), error);
  if (strcmp(name, "certificate") == 0) {
    char *key = rest_of(value);
    return opt_options_set_client_certificate(options, text(value), text(key), error);
  }
  if (strcmp(name, "proxy") == 0)
    return opt_options_set_proxy(options, text(value), error);
  if (strcmp(name, "header") == 0) {
    char *header = rest_of(value);
    return opt_options_add_header(options, text(value), text(header), error);
  }
  if (strcmp(name, "journal") == 0)
    return opt_options_set_journal(options, text(value), OPT_JOURNAL_WRITTEN, error);
  if (strcmp(name, "flush_interval") == 0)
    return opt_options_set_flush_interval_ms(options, (uint32_t)strtoul(value, NULL, 10), error);
  if (strcmp(name, "timeouts") == 0) {
    uint32_t total = (uint32_t)strtoul(rest_of(value), NULL, 10);
    return opt_options_set_timeouts_ms(options, (uint32_t)strtoul(value, NULL, 10), total, error);
  }
  if (strcmp(name, "log_level") == 0)
    return opt_options_set_log_level(options, (uint32_t)strtoul(value, NULL, 10), error);
  if (strcmp(name, "client_name") == 0) {
    char *version = rest_of(value);
    return opt_options_set_client_name(options, text(value), text(version), error);
  }
  fprintf(stderr, "probe: there is no option %s\n", name);
  exit(2);
}

static void revision(struct probe *probe) {
  opt_config *config = NULL;
  char shown[64] = "";
  opt_status status = opt_client_get_optimizely_config(probe->client, &config, &probe->error);
  opt_config_view view;
  if (status == OPT_STATUS_OK && opt_config_read(config, &view, sizeof view, NULL) == OPT_STATUS_OK)
    snprintf(shown, sizeof shown, "%.*s", (int)view.revision.len, view.revision.data);
  told(probe, "revision", status, shown);
  opt_config_free(config);
}

static void stats(struct probe *probe) {
  opt_stats view = {0};
  char shown[160];
  opt_status status = opt_client_stats(probe->client, &view, sizeof view, &probe->error);
  snprintf(shown, sizeof shown, "delivered=%llu pending=%llu state=%u posts=%llu", (unsigned long long)view.delivered,
           (unsigned long long)view.pending, view.delivery_state, (unsigned long long)view.posts);
  told(probe, "stats", status, shown);
}

static void segments(struct probe *probe, char *value) {
  uint32_t options = (uint32_t)strtoul(rest_of(value), NULL, 10);
  char shown[1024] = "";
  opt_status status = opt_fetch_qualified_segments(probe->client, probe->user, options,
                                                   (uint32_t)strtoul(value, NULL, 10), &probe->error);
  for (size_t at = 0; at < opt_user_qualified_segment_count(probe->user); at++) {
    opt_str segment = opt_user_qualified_segment_at(probe->user, at);
    size_t used = strlen(shown);
    snprintf(shown + used, sizeof shown - used, "%.*s,", (int)segment.len, segment.data);
  }
  told(probe, "segments", status, shown);
}

static void decide(struct probe *probe, char *value) {
  opt_decision *decision = NULL;
  opt_decision_view view = {0};
  char shown[256] = "";
  opt_status status = opt_decide(probe->client, probe->user, text(value), 0, &decision, &probe->error);
  if (decision && opt_decision_read(decision, &view, sizeof view, NULL) == OPT_STATUS_OK && view.variation_key.data)
    snprintf(shown, sizeof shown, "%.*s", (int)view.variation_key.len, view.variation_key.data);
  told(probe, "decide", status, shown);
  opt_decision_free(decision);
}

static void send(struct probe *probe, char *value) {
  char *user = rest_of(value);
  opt_pair identifiers[] = {{OPT_STR("fs_user_id"), opt_string(text(user))}};
  opt_pair data[] = {
      {OPT_STR("price"), opt_double(1.5)}, {OPT_STR("count"), opt_int(2)}, {OPT_STR("is"), opt_bool(true)}};
  opt_status status =
      opt_send_odp_event(probe->client, OPT_STR(""), text(value), identifiers, 1, data, 3, &probe->error);
  told(probe, "odp", status, "");
}

// Does what a command says; false if there is none of that name.
static bool run(struct probe *probe, const char *name, char *value) {
  opt_client *client = probe->client;
  opt_error **error = &probe->error;
  uint32_t number = (uint32_t)strtoul(value, NULL, 10);
  if (strcmp(name, "ready") == 0) {
    told(probe, name, opt_client_wait_ready(client, number, error), "");
  } else if (strcmp(name, "refresh") == 0) {
    told(probe, name, opt_client_refresh_datafile(client, number, error), "");
  } else if (strcmp(name, "flush") == 0) {
    told(probe, name, opt_client_flush(client, number, NULL, error), "");
  } else if (strcmp(name, "close") == 0) {
    told(probe, name, opt_client_close(client, number, NULL, error), "");
  } else if (strcmp(name, "track") == 0) {
    told(probe, name, opt_track(client, probe->user, text(value), NULL, 0, error), "");
  } else if (strcmp(name, "user") == 0) {
    opt_user_free(probe->user);
    probe->user = NULL;
    told(probe, name, opt_user_new(text(value), NULL, 0, &probe->user, error), "");
  } else if (strcmp(name, "suspend") == 0) {
    told(probe, name, opt_client_suspend(client, number, NULL, error), "");
  } else if (strcmp(name, "resume") == 0) {
    told(probe, name, opt_client_resume(client, error), "");
  } else if (strcmp(name, "identify") == 0) {
    char *vuid = rest_of(value);
    told(probe, name, opt_identify(client, text(value), text(vuid), error), "");
  } else if (strcmp(name, "set_datafile") == 0) {
    char *bytes = read_file(value);
    told(probe, name, opt_client_set_datafile(client, text(bytes ? bytes : ""), error), "");
    free(bytes);
  } else if (strcmp(name, "segments") == 0) {
    segments(probe, value);
  } else if (strcmp(name, "decide") == 0) {
    decide(probe, value);
  } else if (strcmp(name, "odp") == 0) {
    send(probe, value);
  } else if (strcmp(name, "revision") == 0) {
    revision(probe);
  } else if (strcmp(name, "stats") == 0) {
    stats(probe);
  } else if (strcmp(name, "pause") == 0) {
    puts("pause");
    fflush(stdout);
    for (int byte; (byte = getchar()) != '\n' && byte != EOF;)
      ;
  } else {
    return false;
  }
  return true;
}

int main(int count, char **arguments) {
  struct probe probe = {.options = opt_options_new()};
  int at = 1;
  for (; at < count && arguments[at][0] != ':'; at++) {
    char *equals = strchr(arguments[at], '=');
    if (!equals)
      return 2;
    *equals = '\0';
    opt_status status = strcmp(arguments[at], "records") == 0
                            ? opt_options_set_record_logger(probe.options, print_record, NULL, NULL, &probe.error)
                            : set(&probe, arguments[at], equals + 1);
    if (status != OPT_STATUS_OK)
      told(&probe, arguments[at], status, "");
  }
  opt_status status = opt_client_new(probe.options, &probe.client, &probe.error);
  told(&probe, "new", status, "");
  if (status == OPT_STATUS_OK && opt_user_new(OPT_STR("visitor"), NULL, 0, &probe.user, &probe.error) != OPT_STATUS_OK)
    return 2;
  for (; status == OPT_STATUS_OK && at < count; at++) {
    char none[] = "", *equals = strchr(arguments[at], '=');
    if (equals)
      *equals = '\0';
    if (!run(&probe, arguments[at] + 1, equals ? equals + 1 : none)) {
      fprintf(stderr, "probe: there is no command %s\n", arguments[at]);
      return 2;
    }
  }
  opt_user_free(probe.user);
  opt_client_free(probe.client);
  return 0;
}
