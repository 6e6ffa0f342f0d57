// What people give in the place of an estimator, or of a script, by mistake.
#pragma once

#include <string>
#include <string_view>

namespace chainer::plan {

/// What to do with a file that could not be read as an estimator, by its name; empty for any other.
std::string hint_on_other_file(const std::string& file);

/// Python takes a notebook's JSON for an expression: the run would do nothing, or fail at a `null`.
bool is_notebook(std::string_view script);
std::string hint_on_notebook(const std::string& script);

}  // namespace chainer::plan
