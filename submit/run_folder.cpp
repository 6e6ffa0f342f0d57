#include "submit/run_folder.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace chainer {
namespace {

constexpr std::size_t longest_name = 60;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

Error cannot_make(const std::string& path) {
  return Error::from_errno("cannot make the folder " + path, errno, Fault::try_again);
}

Result<RunFolder> furnish(std::string path) {
  for (const std::string inner : {"/environment", "/logs", "/attempts"}) {
    if (::mkdir((path + inner).c_str(), 0700) != 0) return cannot_make(path + inner);
  }
  return RunFolder(std::move(path));
}

/// Makes a folder that nobody had before.
Result<std::string> make_unique(const std::string& wanted) {
  for (int number = 1;; ++number) {
    const auto path = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
    if (::mkdir(path.c_str(), 0700) == 0) return path;
    if (errno != EEXIST) return cannot_make(path);
  }
}

}  // namespace

std::string runs_of(const Site& site, const std::string& user) { return site.runs + "/" + user; }

std::string folder_name(std::string_view run_name) {
  std::string name;
  for (const char c : run_name.substr(0, longest_name)) {
    if (is_plain(c))
      name += c;
    else if (!name.ends_with('-'))
      name += '-';
  }
  // A leading dot would hide the folder, a leading dash reads as an option.
  while (name.starts_with('.') || name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "run" : name;
}

Result<RunFolder> RunFolder::create(const std::string& runs, const std::string& run_name,
                                    std::time_t now) {
  if (::mkdir(runs.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot_make(runs).with_hint("the site's folder of runs must exist and be open to you");
  }
  std::tm local{};
  ::localtime_r(&now, &local);
  auto path =
      make_unique(fmt::format("{}/{}-{:%Y%m%d-%H%M%S}", runs, folder_name(run_name), local));
  if (!path) return std::move(path).error();
  return furnish(*std::move(path));
}

Result<RunFolder> RunFolder::create_at(const std::string& path) {
  // Slurm reads it from a line of the script.
  if (std::ranges::any_of(path, [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
    return Error{"a run's folder cannot have a control character in its name",
                 "choose another name", 0, Fault::user};
  }
  if (::mkdir(path.c_str(), 0700) == 0) return furnish(path);
  return Error::from_errno("cannot make the folder " + path, errno, Fault::user)
      .with_hint("name a new folder, where you may make one");
}

std::string RunFolder::log(std::string_view job) const {
  return fmt::format("{}/logs/{}.out", path_, job);
}

std::string RunFolder::preparation_log(std::string_view job) const {
  return fmt::format("{}/logs/{}.preparation.log", path_, job);
}

void RunFolder::remove() const {
  std::error_code ignored;  // what cannot be removed stays; the error that led here is what matters
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace chainer
