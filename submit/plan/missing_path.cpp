#include "submit/plan/missing_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/folder_names.hpp"
#include "core/unique_fd.hpp"

namespace chainer::plan {
namespace {

namespace fs = std::filesystem;

/// A folder with more names is not looked through to its end.
constexpr std::size_t most_names = 10'000;
constexpr std::size_t shortest_name = 3;

std::vector<std::string> names_of(const fs::path& folder) {
  const UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto names = names_in(opened.get(), most_names);
  return names ? *std::move(names) : std::vector<std::string>();
}

std::string name_meant_by(const std::string& name, const std::vector<std::string>& names,
                          std::string_view ending) {
  const auto whole = name + std::string(ending);
  for (const auto& candidate : names) {
    if (candidate == whole) return candidate;
  }
  // Of a shorter name one letter is too much of it.
  if (fs::path(name).stem().string().size() < shortest_name) return {};
  return std::string(nearest(name, {names.begin(), names.end()}));
}

/// The one name with this ending in the folder; empty where there are none or several.
std::string only_name_in(const fs::path& folder, std::string_view ending) {
  auto names = names_of(folder);
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with(ending); });
  return names.size() == 1 ? names.front() : std::string();
}

}  // namespace

std::string path_meant_by(std::string_view written, const std::string& start,
                          std::string_view ending) {
  std::error_code none;
  fs::path there;
  const fs::path whole(written);
  for (auto part = whole.begin(); part != whole.end(); ++part) {
    if (fs::exists(fs::path(start) / there / *part, none)) {
      there /= *part;
      continue;
    }
    const bool is_last = std::next(part) == whole.end();
    const auto meant = name_meant_by(part->string(), names_of(fs::path(start) / there),
                                     is_last ? ending : std::string_view());
    if (meant.empty()) return {};
    auto path = there / meant;
    for (++part; part != whole.end(); ++part) path /= *part;
    return fs::exists(fs::path(start) / path, none) ? path.string() : std::string();
  }
  if (ending.empty() || !fs::is_directory(fs::path(start) / there, none)) return {};
  const auto only = only_name_in(fs::path(start) / there, ending);
  return only.empty() ? only : (there / only).lexically_normal().string();
}

std::string file_meant_by(std::string_view written, const SourceTree& source,
                          std::string_view ending) {
  std::vector<std::string> paths;
  for (const auto& file : source.files) paths.push_back(file.path);
  const auto name = fs::path(written).filename();
  auto meant = name_meant_by(std::string(written), paths, ending);
  for (const auto& path : paths) {
    if (meant.empty() && fs::path(path).filename() == name) meant = path;
  }
  return meant;
}

std::string hint_on_missing(std::string_view written, const std::string& meant,
                            std::string otherwise) {
  if (written.starts_with('~') || written.starts_with('$')) {
    return fmt::format("no shell replaces {} here: write the path out",
                       written.substr(0, written.find('/')));
  }
  return meant.empty() ? std::move(otherwise) : fmt::format("did you mean '{}'?", meant);
}

}  // namespace chainer::plan
