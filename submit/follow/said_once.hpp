// What several nodes say of one mistake, shown once.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace chainer::follow {

/// Bytes of a line whose end is waited for; a longer one is shown in pieces.
inline constexpr std::size_t longest_awaited_line = std::size_t{1} << 20;

class SaidOnce {
 public:
  /// The whole lines of what has come so far, without errors of one node that another has already
  /// given, and without repeated lines of progress.
  std::string take(std::string_view text);

  /// The rest, which has no line end.
  std::string rest();

 private:
  bool is_new(std::string_view line);

  std::string unfinished_;
  std::set<std::string, std::less<>> said_;
};

}  // namespace chainer::follow
