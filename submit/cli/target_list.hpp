// The compute targets of a site, for people and programs.
#pragma once

#include <string>

#include "submit/input/site.hpp"

namespace chainer::cli {

/// One line per target: its name, and what a node of it has.
std::string targets_text(const input::Site& site);
std::string targets_json(const input::Site& site);

}  // namespace chainer::cli
