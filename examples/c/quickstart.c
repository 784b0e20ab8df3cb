// The quick start in C: decide a variation, count a purchase, deliver both. `quickstart DATAFILE [COLLECTOR-URL]`
//
//   cc -std=c11 quickstart.c $(pkg-config --cflags --libs opttrack) -o quickstart
#include <inttypes.h>
#include <opttrack.h>
#include <stdio.h>
#include <stdlib.h>

// The bytes of a file, which the caller frees; `data` is NULL if it can't be read.
static opt_str read_file(const char *path) {
  opt_str none = {NULL, 0};
  FILE *file = fopen(path, "rb");
  if (!file)
    return none;
  long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  char *data = size >= 0 && fseek(file, 0, SEEK_SET) == 0 ? malloc((size_t)size + 1) : NULL;
  size_t length = data ? fread(data, 1, (size_t)size, file) : 0;
  fclose(file);
  if (!data || length != (size_t)size) {
    free(data);
    return none;
  }
  return (opt_str){data, length};
}

static opt_status make_client(opt_str datafile, const char *collector_url, opt_client **client, opt_error **error) {
  opt_options *options = opt_options_new();
  opt_status status = opt_options_set_datafile(options, datafile, error);
  if (status == OPT_STATUS_OK && collector_url)
    status = opt_options_set_event_endpoint(options, opt_cstr(collector_url), error);
  if (status == OPT_STATUS_OK)
    return opt_client_new(options, client, error); // which takes the options, whatever it answers
  opt_options_free(options);
  return status;
}

static opt_status show_checkout(const opt_client *client, const opt_user *user, opt_error **error) {
  // The decision is the visitor's from here on; its impression is on the way.
  opt_decision *decision;
  opt_status status = opt_activate(client, user, OPT_STR("checkout_button"), &decision, error);
  opt_decision_view view;
  if (status == OPT_STATUS_OK)
    status = opt_decision_read(decision, &view, sizeof view, error);
  if (status == OPT_STATUS_OK) {
    opt_str variation = view.variation_key.data ? view.variation_key : OPT_STR("none");
    printf("variation: %.*s\n", (int)variation.len, variation.data);
  }
  opt_decision_free(decision);
  return status;
}

static opt_status visit(const opt_client *client, opt_error **error) {
  opt_pair attributes[] = {{OPT_STR("plan"), opt_string(OPT_STR("gold"))}, {OPT_STR("age"), opt_int(34)}};
  opt_user *user;
  opt_status status = opt_user_new(OPT_STR("visitor-1"), attributes, 2, &user, error);
  if (status == OPT_STATUS_OK)
    status = show_checkout(client, user, error);

  opt_pair tags[] = {{OPT_STR("revenue"), opt_int(4999)}, {OPT_STR("currency"), opt_string(OPT_STR("EUR"))}};
  if (status == OPT_STATUS_OK)
    status = opt_track(client, user, OPT_STR("purchase"), tags, 2, error);
  opt_user_free(user);
  return status;
}

static opt_status deliver(const opt_client *client, opt_error **error) {
  // Without close, opt_client_free would not wait for what is on the way.
  opt_status status = opt_client_close(client, 5000, NULL, error);
  opt_stats stats;
  if (status == OPT_STATUS_OK)
    status = opt_client_stats(client, &stats, sizeof stats, error);
  if (status == OPT_STATUS_OK)
    printf("delivered: %" PRIu64 "\n", stats.delivered);
  return status;
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: quickstart DATAFILE [COLLECTOR-URL]\n");
    return 2;
  }
  opt_str datafile = read_file(arguments[1]);
  if (!datafile.data) {
    perror(arguments[1]);
    return 1;
  }
  opt_client *client = NULL;
  opt_error *error = NULL;
  opt_status status = make_client(datafile, count > 2 ? arguments[2] : NULL, &client, &error);
  if (status == OPT_STATUS_OK)
    status = visit(client, &error);
  if (status == OPT_STATUS_OK)
    status = deliver(client, &error);

  if (status != OPT_STATUS_OK) {
    opt_str message = opt_error_message(error);
    fprintf(stderr, "%s: %.*s\n", opt_status_name(status), (int)message.len, message.data ? message.data : "");
  }
  opt_error_free(error);
  opt_client_free(client);
  free((void *)datafile.data);
  return status == OPT_STATUS_OK ? 0 : 1;
}
