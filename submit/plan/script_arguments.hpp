// The script's command line, from script_params and script_args.
#pragma once

#include <string_view>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

/// Flags in the order written, then script_args. Numbers, booleans and dates become what Python's
/// str() makes of them, as in the class that this table comes from.
std::vector<ArgumentGroup> script_arguments(const input::Estimator& estimator,
                                            toml::Report& report);

/// Warns about a communicator that this version, or a run without GPUs, cannot serve.
void warn_about_communicator(std::string_view name, const toml::Place& place, bool use_gpu,
                             std::string_view framework_version, toml::Report& report);

/// Warns about communicators and GPU flags that this version of Chainer, or a run without GPUs,
/// cannot serve. It guesses from names, so these are never errors.
void warn_about_flags(const input::Estimator& estimator, std::string_view framework_version,
                      toml::Report& report);

}  // namespace chainer::plan
