// What a task on the host hands to itself in a container that a runtime starts in the background:
// who it is, and which of the descriptors there are its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

struct Handover {
  uid_t user{0};
  gid_t group{0};
  unsigned open_files{
      0};          ///< how many descriptors it may have (the soft limit), which podman raises
  int streams{0};  ///< the first of three: standard input, output and error
  bool has_terminal{false};    ///< they are the terminal that controls the task
  std::vector<int> fillers{};  ///< opened only so that there is no gap between the others

  std::string to_text() const;
  static Result<Handover> parse(std::string_view text);
};

}  // namespace chainer
