/// The calls that the worker can be asked to make.
#ifndef OPTTRACK_WORKER_CALLS_HPP
#define OPTTRACK_WORKER_CALLS_HPP

#include <opttrack.hpp>
#include <string>

#include "json.hpp"

/// A status without the prefix that all have.
std::string_view short_name(opt::Status status);

/// Makes one call of a question and appends its answer, `{"status":…,"result":…}`, to `out`.
void make_call(const opt::Client &client, const Json &call, std::string &out);

#endif
