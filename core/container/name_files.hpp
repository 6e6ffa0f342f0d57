// The container's /etc/passwd and /etc/group: the image's own, with the job's user and groups in
// front.
#pragma once

#include <string>
#include <string_view>

#include "core/account.hpp"
#include "core/result.hpp"

namespace chainer {

/// What this host's name service says about the job's user.
struct UserNames {
  std::string name;
  std::string home;
  std::string passwd_line;  ///< with a line feed
  std::string group_lines;  ///< the primary group, then the supplementary ones that have a name
};

/// Asks the name service (getpwuid, getgrgid). A user that it does not know is the node's fault.
Result<UserNames> look_up_names(const Account& account);

/// `ours` in front of the image's file, of which lines for the same names or ids are left out: the
/// first match wins, but a second one would show in listings.
std::string merge_names(std::string_view ours, std::string_view image_file);

}  // namespace chainer
