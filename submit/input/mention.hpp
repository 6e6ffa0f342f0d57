// How a finding mentions another value than the one that it stands at.
#pragma once

#include <string>

#include "submit/toml/report.hpp"

namespace chainer::input {

/// Where `other` stands, for a finding at `here`: `line 4` of the same file, `environment.toml:4`
/// of another file, `--set number 2` on the command line.
std::string mention(const toml::Place& other, const toml::Place& here);

}  // namespace chainer::input
