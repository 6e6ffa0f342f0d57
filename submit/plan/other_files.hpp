// What people give in the place of an estimator, by mistake.
#pragma once

#include <string>

namespace chainer::plan {

/// What to do with a file that could not be read as an estimator, by its name; empty for any other.
std::string hint_on_other_file(const std::string& file);

}  // namespace chainer::plan
