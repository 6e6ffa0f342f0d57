// User namespaces that root makes and that are empty until somebody is let in.
#pragma once

#include <string>
#include <utility>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// Which ids outside the ids of a user namespace stand for: lines of /proc/PID/uid_map or gid_map.
class IdMap {
 public:
  /// `id` and 0 change places, all others stay.
  static IdMap swap_with_root(unsigned id);
  /// 0 is `id`, and there is no other.
  static IdMap root_alone(unsigned id);

  const std::string& text() const { return text_; }

 private:
  explicit IdMap(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

struct IdMaps {
  IdMap users, groups;
};

/// Makes a namespace that is held by its descriptor alone and owned by root: a process of the same
/// user outside gains no power over it. Its members cannot change their groups: a group that they
/// left might be what keeps a file closed to them.
Result<UniqueFd> make_user_namespace(const IdMaps& maps);

}  // namespace chainer
