// One bind mount as a person asks for it: SRC:DST[:ro|:rw].
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

enum class Access { read_write, read_only };

struct MountSpec {
  std::string source;       ///< absolute, on the host
  std::string destination;  ///< absolute, inside the container, without . and .., never "/" itself
  Access access{Access::read_write};

  /// Reads SRC:DST[:ro|:rw]. Both paths are absolute; neither can hold a colon or a line feed.
  static Result<MountSpec> parse(std::string_view text);
};

}  // namespace chainer
