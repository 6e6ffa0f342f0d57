#include "node/builder/builder_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/characters.hpp"

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_length = 16;
constexpr time_t lifetime_seconds = 30 * 24 * 3600;
// Marks a part that is being removed: the next process finishes what a killed one began.
constexpr std::string_view removed_prefix = ".removed-";

std::string base_folder(const Variables& variables) {
  if (auto base = value_of(variables, "UV_CACHE_DIR"); !base.empty()) return base;
  auto base = value_of(variables, "XDG_CACHE_HOME");
  const auto home = value_of(variables, "HOME");
  if (base.empty() && !home.empty()) base = home + "/.cache";
  return base.empty() ? base : base + "/chainer/uv";
}

bool is_name_of_part(std::string_view name) {
  return name.size() == name_length &&
         std::ranges::none_of(name, [](char c) { return hex_value(c) < 0; });
}

/// The folder may be one that the user chose and that holds other things: only the builder's own
/// parts have its tag.
bool is_unused_part(const fs::path& path) {
  struct stat status {};
  return is_name_of_part(path.filename().string()) && ::lstat(path.c_str(), &status) == 0 &&
         S_ISDIR(status.st_mode) && status.st_mtim.tv_sec < ::time(nullptr) - lifetime_seconds &&
         ::access((path / "CACHEDIR.TAG").c_str(), F_OK) == 0;
}

/// Renames a part so that no build finds it, and gives the new name; empty when another node was
/// faster.
fs::path hidden(const fs::path& part) {
  auto target = part.parent_path() / (std::string(removed_prefix) + part.filename().string());
  return ::rename(part.c_str(), target.c_str()) == 0 ? target : fs::path();
}

}  // namespace

BuilderCache BuilderCache::open(const Variables& variables, const Digest& image) {
  const auto base = base_folder(variables);
  if (base.empty()) return BuilderCache({});
  const auto folder = base + "/" + image.hex().substr(0, name_length);
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  ::utimensat(AT_FDCWD, folder.c_str(), nullptr, 0);
  return BuilderCache(folder);
}

void BuilderCache::remove_one_unused() const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (fs::directory_iterator it(fs::path(folder_).parent_path(), ignored), end;
       !ignored && it != end; it.increment(ignored)) {
    const bool is_left_over = it->path().filename().string().starts_with(removed_prefix);
    if (!is_left_over && !is_unused_part(it->path())) continue;
    const auto part = is_left_over ? it->path() : hidden(it->path());
    if (!part.empty()) fs::remove_all(part, ignored);
    return;
  }
}

}  // namespace chainer::builder
