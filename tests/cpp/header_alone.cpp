/// The header needs nothing included before it, and may come twice. Compiled only.
// The formatter would take the second include for a mistake.
// clang-format off
#include <opttrack.hpp>
#include <opttrack.hpp>
// clang-format on
