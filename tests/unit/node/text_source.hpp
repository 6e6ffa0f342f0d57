// A layer's bytes without an archive around them.
#pragma once

#include <string>
#include <string_view>

#include "node/archive/byte_source.hpp"

namespace chainer {

/// A text as a source, in pieces that fit nothing.
class TextSource : public archive::ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  Result<std::string_view> next() override {
    const auto piece = std::string_view(text_).substr(at_, 1000);
    at_ += piece.size();
    return piece;
  }

 private:
  std::string text_;
  std::size_t at_{0};
};

}  // namespace chainer
