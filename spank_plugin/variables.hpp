// Looking into an environment that is not this process's own, such as a job's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer {

/// What a step with --chainer-prepare tells the first task of each node: what its preparation took,
/// as JSON lines.
inline constexpr char prepared_variable[] = "CHAINER_SUBMIT_PREPARED";

/// The value of a variable. `environment` ends with a null pointer, or is null.
std::optional<std::string> variable_of(char* const* environment, std::string_view name);

std::vector<std::string> names_of(char* const* environment);

/// The variables of an environment that say what a step asks of us, ended by a null pointer; empty
/// when there are none. Takes one pass, however many options there are: steps without any pay for
/// it too.
std::vector<char*> our_variables(char* const* environment);

}  // namespace chainer
