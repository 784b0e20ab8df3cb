// The header compiles with nothing before it and nothing after it: built, not run, under every C standard.
#include <opttrack.h>

int header_alone(void) { return OPT_VERSION_MAJOR; }
