// Where an image of the store notes which users' files it holds besides root's, so that nobody has
// to look at all of them: an empty folder for each user and group, by number.
#pragma once

#include <sys/types.h>

#include <string>

namespace chainer {

/// There in every image whose owners were noted. One that lacks it may hold anybody's files.
inline constexpr char image_owners_folder[] = "/opt/chainer/owners";

inline std::string note_of_user(uid_t uid) {
  return std::string(image_owners_folder) + "/uid-" + std::to_string(uid);
}
inline std::string note_of_group(gid_t gid) {
  return std::string(image_owners_folder) + "/gid-" + std::to_string(gid);
}

}  // namespace chainer
