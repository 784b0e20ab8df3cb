/// The header needs nothing included before it, and may come twice. Compiled only.
// clang-format off: it would take the second include for a mistake.
#include <opttrack.hpp>
#include <opttrack.hpp>
// clang-format on
