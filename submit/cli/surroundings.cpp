#include "submit/cli/surroundings.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/beside_this_program.hpp"

namespace chainer::cli {
namespace {

/// An account without a name still has a number.
std::string account_name() {
  const auto* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : std::to_string(::geteuid());
}

constexpr char usual_site_file[] = "/etc/chainer/site.toml";

std::string find_site_file() {
  const auto* named = std::getenv("CHAINER_SUBMIT_SITE");
  if (named && *named) return named;
  return ::access(usual_site_file, F_OK) == 0 ? usual_site_file : "";
}

/// $XDG_DATA_HOME, else ~/.local/share.
std::string data_folder() {
  const auto* data = std::getenv("XDG_DATA_HOME");
  if (data && *data == '/') return data;
  const auto* home = std::getenv("HOME");
  const auto* entry = ::getpwuid(::geteuid());
  const std::string folder = home && *home == '/' ? home : entry ? entry->pw_dir : "";
  return folder + "/.local/share";
}

}  // namespace

std::string Surroundings::path_of(const std::string& name) const {
  auto path = (std::filesystem::path(working_folder) / name).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Surroundings Surroundings::of_this_process() {
  std::error_code gone;  // a removed working folder only matters to relative paths, which then fail
  return {std::filesystem::current_path(gone).string(),
          account_name(),
          find_site_file(),
          {data_folder() + "/chainer/runs",
           find_beside_this_program("recipes",
                                    {"../share/chainer/site-config", "../../../site-config"})}};
}

}  // namespace chainer::cli
