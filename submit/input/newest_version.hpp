// How new a package a requirement allows at most.
#pragma once

#include <compare>
#include <optional>
#include <string_view>
#include <vector>

namespace chainer::input {

/// The upper end of a requirement's conditions. Releases are compared by their numbers: what
/// follows them (`rc1`, `.post1`, `+local`) does not count.
class NewestVersion {
 public:
  /// Reads conditions in the form of Requirement::conditions(), such as `>=1.2,<2`. Gives nothing
  /// when they have no upper end, as in `>=1.2`.
  static std::optional<NewestVersion> of(std::string_view conditions);

  /// `<2` is older than `==2`, which allows 2 itself.
  friend auto operator<=>(const NewestVersion&, const NewestVersion&) = default;

 private:
  std::vector<unsigned long> release_;  ///< the epoch first, without zeros at the end
  bool included_{false};
};

}  // namespace chainer::input
