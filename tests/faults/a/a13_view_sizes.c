// A13: views of every size: filled as far as the size goes, the rest of a longer one zeroed, or refused by name; not a
// byte is written past the size.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "client.h"

enum { GREATEST = 4096, ROOM = GREATEST + 64, PATTERN = 0xA5 };

typedef opt_status (*reader)(const void *handle, void *view, size_t size, opt_error **error);

static opt_status read_stats(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_client_stats(handle, view, size, error);
}

static opt_status read_decision(const void *handle, void *view, size_t size, opt_error **error) {
  return opt_decision_read(handle, view, size, error);
}

static bool is_all(const unsigned char *bytes, size_t from, size_t to, unsigned char value) {
  for (size_t i = from; i < to; i++)
    if (bytes[i] != value)
      return false;
  return true;
}

static unsigned long long test_view(reader read, const void *handle, size_t known, const char *place) {
  static _Alignas(16) unsigned char whole[ROOM], part[ROOM];
  unsigned long long fired = 0;
  opt_error *error = NULL;
  CHECK_STATUS(read(handle, whole, known, &error), OPT_STATUS_OK, &error);
  for (size_t size = 0; size <= ROOM; size++) {
    memset(part, PATTERN, sizeof part);
    opt_status status = read(handle, part, size, &error);
    bool is_good = size > 0 && size <= GREATEST && size % 8 == 0;
    if (!is_good)
      CHECK_STR(opt_error_place(error), "size");
    CHECK_STATUS(status, is_good ? OPT_STATUS_OK : OPT_STATUS_INVALID_ARGUMENT, &error);
    size_t filled = !is_good ? 0 : size < known ? size : known;
    CHECK(memcmp(part, whole, filled) == 0);
    CHECK(is_all(part, filled, is_good ? size : 0, 0));
    CHECK(is_all(part, is_good ? size : 0, sizeof part, PATTERN));
    fired += size != known;
  }
  CHECK(read(handle, NULL, known, &error) == OPT_STATUS_INVALID_ARGUMENT);
  CHECK_STR(opt_error_place(error), place);
  opt_error_free(error);
  return fired + 1;
}

int main(void) {
  opt_error *error = NULL;
  opt_decision *decision = NULL;
  opt_client *client = client_for(NULL);
  opt_user *user = user_named("visitor");
  // Closed, so that two readings of the books are alike; with figures in them that are not zero.
  CHECK_STATUS(opt_track(client, user, OPT_STR("none"), NULL, 0, &error), OPT_STATUS_UNKNOWN_EVENT, &error);
  CHECK_STATUS(opt_client_close(client, 1000, NULL, &error), OPT_STATUS_OK, &error);
  CHECK_STATUS(opt_decide(client, user, OPT_STR("dark_mode"), 0, &decision, &error), OPT_STATUS_OK, &error);
  unsigned long long fired = test_view(read_stats, client, sizeof(opt_stats), "out_stats");
  fired += test_view(read_decision, decision, sizeof(opt_decision_view), "out_view");
  opt_decision_free(decision);
  opt_user_free(user);
  opt_client_free(client);
  check_fired("A13", "views of any size are filled as far as they go", fired);
  return check_done("a13_view_sizes");
}
