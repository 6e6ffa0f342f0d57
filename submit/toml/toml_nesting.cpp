#include "submit/toml/toml_nesting.hpp"

#include <algorithm>
#include <vector>

namespace chainer::toml {
namespace {

/// Reads brackets, dots and commas, and passes over strings and comments.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Where the nesting first gets deeper than `levels`.
  std::optional<Position> run(std::size_t levels) {
    for (; at_ < text_.size(); ++at_) {
      step(text_[at_]);
      if (depth() > levels) return position();
    }
    return std::nullopt;
  }

 private:
  void step(char c) {
    switch (c) {
      case '"':
      case '\'': return skip_string(c);
      case '#': return skip_to_end_of_line();
      case '\n':
        if (open_.empty()) dots_ = 0;
        return;
      case ',': dots_ = 0; return;
      case '.': ++dots_; return;
      case '[':
      case '{':
        if (c == '[' && open_.empty() && is_first_of_line()) {
          is_header_ = true;
          header_ = 0;
        }
        open_.push_back(dots_ + 1);
        opened_ += dots_ + 1;
        dots_ = 0;
        return;
      case ']':
      case '}': return close();
      default: return;
    }
  }

  void close() {
    if (is_header_) {
      // A part of [[a.b]] is an array and a table.
      header_ = 2 * (dots_ + 1);
      is_header_ = false;
    }
    if (!open_.empty()) {
      opened_ -= open_.back();
      open_.pop_back();
    }
    dots_ = 0;
  }

  /// Stops at the string's last quote.
  void skip_string(char quote) {
    const bool is_long = text_.substr(at_, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''");
    at_ += is_long ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote == '"') {
        ++at_;
      } else if (!is_long && (text_[at_] == quote || text_[at_] == '\n')) {
        return;
      } else if (is_long && text_.substr(at_).starts_with(quote == '"' ? "\"\"\"" : "'''")) {
        at_ += 2;
        // A long string may end in two quotes of its own.
        for (int more = 0; more < 2 && text_.substr(at_ + 1).starts_with(quote); ++more) ++at_;
        return;
      }
    }
  }

  void skip_to_end_of_line() {
    while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
  }

  bool is_first_of_line() const {
    const auto before = text_.substr(0, at_).find_last_not_of(" \t");
    return before == std::string_view::npos || text_[before] == '\n';
  }

  std::size_t depth() const { return header_ + opened_ + dots_; }

  Position position() const {
    const auto before = text_.substr(0, at_);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(at_ - start + 1)};
  }

  std::string_view text_;
  std::size_t at_{0};
  std::vector<std::size_t> open_;  ///< levels that each open bracket added
  std::size_t opened_{0};          ///< their sum
  std::size_t header_{0};          ///< levels of the last [header]
  std::size_t dots_{0};            ///< in the key that is being read; those of a number count too
  bool is_header_{false};
};

}  // namespace

std::optional<Position> deeper_than(std::size_t levels, std::string_view toml) {
  return Scanner(toml).run(levels);
}

}  // namespace chainer::toml
