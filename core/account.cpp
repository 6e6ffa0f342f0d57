#include "core/account.hpp"

#include <unistd.h>

#include <algorithm>

namespace chainer {

Account this_account() {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  groups.resize(static_cast<std::size_t>(
      std::max(::getgroups(static_cast<int>(groups.size()), groups.data()), 0)));
  return {::geteuid(), ::getegid(), std::move(groups)};
}

}  // namespace chainer
