// Where commands write; only main.cpp has a real one.
#pragma once

#include <string_view>

#include "core/diagnostics.hpp"

namespace chainer::run {

class Console {
 public:
  virtual ~Console() = default;
  virtual void out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  /// False where nobody sees what is written, so that it need not be read.
  virtual bool is_shown() const { return true; }
  /// Whether text for `err` may be coloured.
  virtual Colour colour() const { return Colour::off; }
  /// Likewise what is written with out.
  virtual Colour colour_of_output() const { return Colour::off; }
};

}  // namespace chainer::run
