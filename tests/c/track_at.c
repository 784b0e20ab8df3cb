// opt_track_at and its flat form: the caller's own time and uuid on the wire, and everything that is neither refused.
#include <string.h>

#include "check.h"
#include "client.h"
#include "request.h"

#define UUID "123e4567-e89b-42d3-a456-426614174000"
#define LAST_MS INT64_C(253402300799999)

static void check_event(const collector *server, long long unique, const char *time, const char *uuid) {
  json *batches;
  const json *event = json_at(last_visitor(server, unique, &batches), "snapshots[0].events[0]");
  CHECK_TEXT(json_text(event, "timestamp"), time);
  if (uuid)
    CHECK_TEXT(json_text(event, "uuid"), uuid);
  else
    CHECK_INT(json_text(event, "uuid") ? strlen(json_text(event, "uuid")) : 0, strlen(UUID));
  json_free(batches);
}

static void test_stamps(const collector *server) {
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  opt_user *user = user_named("visitor");
  opt_str event = OPT_STR("purchase");
  CHECK_STATUS(opt_track_at(client, user, event, NULL, 0, 1, OPT_STR("123E4567-E89B-42D3-A456-426614174000"), &error),
               OPT_STATUS_OK, &error);
  flush(client);
  check_event(server, 1, "1", UUID);
  CHECK_STATUS(opt_track_at(client, user, event, NULL, 0, LAST_MS, OPT_STR(""), &error), OPT_STATUS_OK, &error);
  flush(client);
  check_event(server, 2, "253402300799999", NULL);
  CHECK_STATUS(opt_track_at(client, user, event, NULL, 0, -1, OPT_STR(UUID), &error), OPT_STATUS_INVALID_ARGUMENT,
               &error);
  CHECK_STATUS(opt_track_at(client, user, event, NULL, 0, LAST_MS + 1, OPT_STR(UUID), &error),
               OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_STATUS(opt_track_at(client, user, event, NULL, 0, 1, OPT_STR("123e4567"), &error), OPT_STATUS_INVALID_ARGUMENT,
               &error);
  CHECK_STATUS(opt_track_at(client, user, OPT_STR("none"), NULL, 0, 1, OPT_STR(UUID), &error), OPT_STATUS_UNKNOWN_EVENT,
               &error);
  CHECK_INT(stats_of(client).accepted, 2);
  opt_user_free(user);
  close_and_free(client);
  collector_reset(server);
}

static void test_packed(const collector *server) {
  enum { ROOM = 64 };
  uint8_t room[ROOM];
  size_t size = SIZE_MAX;
  opt_error *error = NULL;
  opt_client *client = client_for(server);
  request asked = request_plain(OPT_PACKED_TRACK, "purchase", "visitor");
  CHECK_STATUS(opt_track_at_packed(client, asked.bytes, asked.size, 7, OPT_STR(UUID), room, ROOM, &size, &error),
               OPT_STATUS_OK, &error);
  answer taken = {.bytes = room, .size = size};
  (void)take_head(&taken, false);
  check_end(&taken);
  flush(client);
  check_event(server, 1, "7", UUID);
  CHECK_STATUS(opt_track_at_packed(client, asked.bytes, asked.size, -1, OPT_STR(UUID), room, ROOM, &size, &error),
               OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_INT(size, 0);
  CHECK_STATUS(opt_track_at_packed(client, asked.bytes, asked.size, 7, OPT_STR(UUID), NULL, 0, &size, &error),
               OPT_STATUS_TOO_LARGE, &error);
  request other = request_plain(OPT_PACKED_ACTIVATE, "checkout_button", "visitor");
  CHECK_STATUS(opt_track_at_packed(client, other.bytes, other.size, 7, OPT_STR(UUID), room, ROOM, &size, &error),
               OPT_STATUS_INVALID_ARGUMENT, &error);
  CHECK_INT(stats_of(client).accepted, 1);
  close_and_free(client);
  collector_reset(server);
}

int main(void) {
  collector server = collector_start();
  test_stamps(&server);
  test_packed(&server);
  collector_stop(&server);
  return check_done("track_at");
}
