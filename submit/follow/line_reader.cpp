#include "submit/follow/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "core/fd_io.hpp"

namespace chainer::follow {

LineReader::LineReader(const std::string& path)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat status {};
  if (file_ && (::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode))) file_.reset();
}

std::optional<std::string> LineReader::next() {
  while (true) {
    const auto end = text_.find('\n', from_);
    if (end != text_.npos) {
      auto line = text_.substr(from_, end - from_);
      from_ = end + 1;
      if (!std::exchange(is_in_long_line_, false)) return line;
    } else if (!read_more()) {
      return is_in_long_line_ || text_.empty() ? std::nullopt
                                               : std::optional(std::exchange(text_, {}));
    }
  }
}

/// Puts more behind the unfinished line, which is dropped where it is too long.
bool LineReader::read_more() {
  constexpr std::size_t longest_metric = std::size_t{16} << 20;
  constexpr std::size_t piece = std::size_t{1} << 20;
  constexpr std::size_t most = std::size_t{1} << 30;
  text_.erase(0, std::exchange(from_, 0));
  if (text_.size() > longest_metric) {
    text_.clear();
    is_in_long_line_ = true;
  }
  const auto kept = text_.size();
  text_.resize(kept + piece);
  const auto got = file_ && read_ < most ? read_some(file_.get(), &text_[kept], piece) : 0;
  text_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  read_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  return got > 0;
}

}  // namespace chainer::follow
