// An account of this machine, by its numbers.
#pragma once

#include <sys/types.h>

#include <vector>

namespace chainer {

struct Account {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

/// The account that this process is.
Account this_account();

}  // namespace chainer
