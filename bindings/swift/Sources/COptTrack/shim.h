/* Gives the module map a header of its own folder; the installed one is found by pkg-config's flags. */
#include <opttrack.h>
