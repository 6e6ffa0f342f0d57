// The compute targets of a site, for people and programs.
#pragma once

#include <string>

#include "submit/input/site.hpp"

namespace chainer {

/// A line for each: its name, and what a node of it has.
std::string targets_text(const Site& site);
std::string targets_json(const Site& site);

}  // namespace chainer
