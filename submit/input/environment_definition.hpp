// environment_definition: the whole environment in one table or file.
#pragma once

#include "submit/input/estimator.hpp"

namespace chainer::input {

/// The name that the estimator's key has inside a definition; empty where a definition cannot say
/// it.
std::string name_in_definition(std::string_view key);

/// Reads a file that holds a definition.
EnvironmentDefinition read_definition(const toml::Table& document, toml::Report& report);

/// Sets the estimator's keys from the definition that stands for them. If some of these keys are
/// given beside it, one error names them all, and they stay.
void take_over_definition(Estimator& estimator, toml::Report& report);

}  // namespace chainer::input
