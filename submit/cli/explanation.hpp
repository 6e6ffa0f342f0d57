// The key table as people read it: `explain`, and docs/estimator.md.
#pragma once

#include <string>
#include <vector>

#include "submit/input/key_search.hpp"
#include "submit/input/key_value.hpp"

namespace chainer::cli {

/// What a value of the key is, such as "integer (seconds)".
std::string type_and_unit(const input::KeyInfo& info);
/// One key in full.
std::string explain(const input::ListedKey& key);
/// Likewise, with its value in a file and who says it.
std::string explain(const input::ListedKey& key, const input::Documents& documents);
/// Every key with its sentence, a line each.
std::string explain_all();
/// Every key with its value and who says it, a line each.
std::string explain_all(const input::Documents& documents);
/// The key's example as it may stand at the top of a file.
std::string example_line(const input::ListedKey& key);
/// The text of docs/estimator.md.
std::string reference_page();

}  // namespace chainer::cli
