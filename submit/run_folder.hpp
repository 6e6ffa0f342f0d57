// Where a run lives: <runs>/<user>/<run>, with everything that belongs to it.
#pragma once

#include <string>
#include <string_view>

#include "submit/site.hpp"

namespace chainer {

/// The folder of a user's runs.
std::string runs_of(const Site& site, const std::string& user);

/// A run's name as a folder may be called: letters, digits, `.`, `_` and `-`, at most 60.
std::string folder_name(std::string_view run_name);

}  // namespace chainer
