// The header may come twice, and after headers that declare the same standard types.
#include <opttrack.h>
#include <stdint.h>
#include <string.h>

#include <opttrack.h>

int header_twice(void) { return OPT_VERSION_MAJOR; }
