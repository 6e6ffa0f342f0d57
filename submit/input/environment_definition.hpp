// environment_definition: the whole environment in one table or file.
#pragma once

#include "submit/input/estimator.hpp"

namespace chainer::input {

/// The name inside of a definition of what the estimator's key says; empty where a definition does
/// not say it.
std::string name_in_definition(std::string_view key);

/// Reads a file that holds a definition.
EnvironmentDefinition read_definition(const toml::Table& document, toml::Report& report);

/// Lets the definition stand for the estimator's keys that say the same. Where some of those stand
/// beside it, one error names them all, and they stay.
void take_over_definition(Estimator& estimator, toml::Report& report);

}  // namespace chainer::input
