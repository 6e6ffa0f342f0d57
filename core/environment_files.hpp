// The files that belong to an environment's list of packages, by their names beside it.
#pragma once

#include <string>
#include <string_view>

namespace chainer {

/// What an environment's lock has after the name of the list that it answers.
inline constexpr std::string_view lock_suffix = ".lock.json";

/// The lock of the curated environment that the one of `file` is laid over, if there is one:
/// `requirements.txt.base.lock.json` for `requirements.txt` and for its lock.
inline std::string base_lock_of(std::string_view file) {
  if (file.ends_with(lock_suffix)) file.remove_suffix(lock_suffix.size());
  return std::string(file) + ".base" + std::string(lock_suffix);
}

}  // namespace chainer
