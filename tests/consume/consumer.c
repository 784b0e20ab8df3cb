// The smallest user of an installed libopttrack: it fails unless the library that runs is the one of its header.

#include <opttrack.h>
#include <string.h>

int main(void) {
  opt_str version = opt_version();
  opt_error *error = NULL;
  opt_client *client = NULL;
  opt_status status = opt_client_new(NULL, &client, &error);
  opt_error_free(error);
  int is_same = version.len == strlen(OPT_VERSION) && memcmp(version.data, OPT_VERSION, version.len) == 0;
  return is_same && status == OPT_STATUS_INVALID_ARGUMENT ? 0 : 1;
}
