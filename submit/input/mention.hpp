// How a finding mentions another value than the one that it stands at.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "submit/input/estimator.hpp"
#include "submit/toml/report.hpp"

namespace chainer::input {

/// Where `other` stands, for a finding at `here`: `line 4` of the same file, `environment.toml:4`
/// of another file, `--set number 2` on the command line.
std::string mention(const toml::Place& other, const toml::Place& here);

/// Those of `keys` that the estimator has, each with where it stands: `use_gpu (line 4), shm_size
/// (line 7)`.
std::string mention_written(const Estimator& estimator, std::span<const std::string_view> keys,
                            const toml::Place& here);

}  // namespace chainer::input
