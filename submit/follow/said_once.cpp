#include "submit/follow/said_once.hpp"

#include <utility>

namespace chainer::follow {
std::string SaidOnce::take(std::string_view text) {
  unfinished_ += text;
  std::string shown;
  std::size_t from = 0;
  for (auto end = unfinished_.find('\n'); end != std::string::npos;
       end = unfinished_.find('\n', from)) {
    const auto line = std::string_view(unfinished_).substr(from, end + 1 - from);
    if (is_new(line)) shown += line;
    from = end + 1;
  }
  unfinished_.erase(0, from);
  if (unfinished_.size() > longest_awaited_line) shown += rest();
  return shown;
}

std::string SaidOnce::rest() { return std::exchange(unfinished_, {}); }

bool SaidOnce::is_new(std::string_view line) {
  if (!line.starts_with("chainer: ") && !line.starts_with("next: ")) return true;
  // In "chainer: node n2, step 4.0: cannot …" the same from another node is the same mistake.
  constexpr std::string_view node = "chainer: node ";
  const auto step = line.find(", step ");
  if (line.starts_with(node) && step < line.find(": ", node.size())) line.remove_prefix(step);
  return said_.insert(std::string(line)).second;
}

}  // namespace chainer::follow
