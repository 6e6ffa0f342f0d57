// The key table as people read it: `explain`, and docs/estimator.md.
#pragma once

#include <string>
#include <vector>

#include "submit/input/key_table.hpp"

namespace chainer::cli {

/// One key in full.
std::string explain(const input::ListedKey& key);
/// Every key with its sentence, a line each.
std::string explain_all();
/// The text of docs/estimator.md.
std::string reference_page();

}  // namespace chainer::cli
