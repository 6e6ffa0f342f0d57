// The key table as people read it: `explain`, and docs/estimator.md.
#pragma once

#include <string>
#include <vector>

#include "submit/input/key_search.hpp"
#include "submit/input/key_value.hpp"

namespace chainer::cli {

/// The type of the key's value, such as "integer (seconds)".
std::string type_and_unit(const input::KeyInfo& info);
/// One key in full.
std::string explain(const input::ListedKey& key);
/// The same, with its value in a file and who set it.
std::string explain(const input::ListedKey& key, const input::Documents& documents);
/// Every key with its sentence, one per line.
std::string explain_all();
/// Every key with its value and who set it, one per line.
std::string explain_all(const input::Documents& documents);
/// The key's example in the form that may stand at the top of a file.
std::string example_line(const input::ListedKey& key);
/// The text of docs/estimator.md.
std::string reference_page();

}  // namespace chainer::cli
