/// The header needs nothing included before it, and may come twice. Compiled only.
#include <opttrack.hpp>
#include <opttrack.hpp>
