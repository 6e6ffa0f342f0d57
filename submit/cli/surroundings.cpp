#include "submit/cli/surroundings.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace chainer::cli {
namespace {

/// An account without a name still has a number.
std::string account_name() {
  const auto* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : std::to_string(::geteuid());
}

}  // namespace

std::string Surroundings::path_of(const std::string& name) const {
  auto path = (std::filesystem::path(working_folder) / name).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Surroundings Surroundings::of_this_process() {
  std::error_code gone;  // a removed working folder only matters to relative paths, which then fail
  const auto* site_file = std::getenv("CHAINER_SUBMIT_SITE");
  return {std::filesystem::current_path(gone).string(), account_name(),
          site_file && *site_file ? site_file : "/etc/chainer/site.toml"};
}

}  // namespace chainer::cli
