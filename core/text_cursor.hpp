// Reads a text from its start, for small grammars.
#pragma once

#include <string_view>

#include "core/characters.hpp"

namespace chainer {

class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  bool at(char c) const { return rest_.starts_with(c); }

  /// Takes `word` when it comes next.
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  /// Takes what comes next as long as `belongs` holds for each character.
  template <typename Belongs>
  std::string_view take_while(Belongs belongs) {
    std::size_t length = 0;
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  void skip_blanks() { take_while(is_blank); }

 private:
  std::string_view rest_;
};

}  // namespace chainer
