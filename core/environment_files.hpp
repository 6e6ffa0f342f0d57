// The files that belong to an environment's list of packages, by their names beside it.
#pragma once

#include <string>
#include <string_view>

namespace chainer {

/// What an environment's lock has after the name of the list that it answers.
inline constexpr std::string_view lock_suffix = ".lock.json";
/// The same of the versions of what packages are built with,
inline constexpr std::string_view build_constraints_suffix = ".build-constraints.txt";
/// and of the lines that each Python of the environment runs when it starts.
inline constexpr std::string_view startup_suffix = ".startup.pth";
inline constexpr std::string_view base_lock_suffix = ".base.lock.json";

/// A file that may lie beside a list of packages.
struct EnvironmentFile {
  std::string_view suffix;    ///< behind the list's name
  std::string_view sentence;  ///< what it holds
};
inline constexpr EnvironmentFile files_beside_environment[] = {
    {build_constraints_suffix,
     "May be there: what packages are built with, a requirement a line. They do not get into the "
     "environment."},
    {startup_suffix,
     "May be there: lines that each Python of the environment runs when it starts, each beginning "
     "with 'import '."},
    {base_lock_suffix,
     "May be there: the lock of a curated environment, which this one is laid over."},
    {lock_suffix,
     "Written by the first step: what was installed, with hashes, and the files above. It can be "
     "given in FILE's place, and makes the same environment again."},
};

/// The lock of the curated environment that the one of `file` is laid over, if there is one:
/// `requirements.txt.base.lock.json` for `requirements.txt` and for its lock.
inline std::string base_lock_of(std::string_view file) {
  if (file.ends_with(lock_suffix)) file.remove_suffix(lock_suffix.size());
  return std::string(file) + std::string(base_lock_suffix);
}

}  // namespace chainer
