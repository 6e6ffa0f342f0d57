// What conda calls a match spec: a requirement on a conda package, such as `numpy>=1.2,<2`, as an
// estimator's conda_packages and conda's environment files hold it.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

class MatchSpec {
 public:
  /// The forms that people write: `[CHANNEL::]NAME`, then a version in conda's grammar, then a
  /// build, each by `=` or a blank, then `[key=value]`. The error says what was expected, and is
  /// the user's fault. Globs and URLs in the place of a name are refused.
  static Result<MatchSpec> parse(std::string_view text);

  /// In lower case, as conda compares names.
  const std::string& name() const { return name_; }
  /// The channel's name or URL; empty when the spec names none. A platform behind it, as in
  /// `conda-forge/linux-64::numpy`, is part of it.
  const std::string& channel() const { return channel_; }
  /// The spec without its channel, without blanks around it.
  const std::string& text() const { return text_; }
  /// Whether it says which version it wants: `numpy` and `numpy=*` do not.
  bool names_version() const { return names_version_; }

 private:
  MatchSpec() = default;
  std::string name_, channel_, text_;
  bool names_version_{false};
};

}  // namespace chainer
