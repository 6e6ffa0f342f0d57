// One mount as a person asks for it: SRC, SRC:DST[:ro|:rw] or tmpfs:DST.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

enum class Access { read_write, read_only };

struct MountSpec {
  enum class Kind { bind, tmpfs };
  Kind kind{Kind::bind};
  std::string source;  ///< on the host; one without a slash in front is below the job's directory
  std::string destination;  ///< absolute, inside the container, without . and .., never "/" itself;
                            ///< empty: where a relative source lies
  Access access{Access::read_write};

  /// Reads one mount. A relative source without a destination starts with ./ or ../. A backslash
  /// makes the colon, comma or backslash after it part of a path; no path holds a line feed.
  static Result<MountSpec> parse(std::string_view text);

  /// Reads several, with commas between them.
  static Result<std::vector<MountSpec>> parse_list(std::string_view text);

  /// The same with a destination: that of a relative source alone follows from the job's directory.
  Result<MountSpec> in(std::string_view working_directory) const;
};

}  // namespace chainer
