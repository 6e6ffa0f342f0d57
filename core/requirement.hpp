// A requirement on a Python package (PEP 508), as an estimator's pip_packages and requirements
// files hold it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

class Requirement {
 public:
  /// The error says what was expected, and is the user's fault.
  static Result<Requirement> parse(std::string_view text);

  /// The package, normalised as package indexes do (PEP 503): lower case, runs of `-_.` as one `-`.
  const std::string& package() const { return package_; }
  /// What follows `@`; empty when there is none.
  const std::string& url() const { return url_; }
  /// Whether it says which version it wants, by a condition or by a URL.
  bool names_version() const { return names_version_; }
  /// The conditions on its version as they were written, such as `>=1.2,<2`; empty without any.
  const std::string& conditions() const { return conditions_; }

 private:
  Requirement() = default;
  std::string package_, url_, conditions_;
  bool names_version_{false};
};

/// Whether a requirement, a URL or a line of a requirements file means a file or folder of this
/// machine, which no other would find: `./x`, `/x`, `~/x`, `file:…`, also behind `NAME @`.
bool is_local_path(std::string_view text);

/// A line of a requirements file without the options that pip takes behind a requirement
/// (`--hash=…`). They begin at the first word with a dash.
std::string_view without_options(std::string_view line);

}  // namespace chainer
