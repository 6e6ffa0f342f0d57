#include "submit/plan/source_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/text_file.hpp"
#include "core/unique_fd.hpp"
#include "submit/plan/ignore_rules.hpp"
#include "submit/plan/tree_sizes.hpp"

namespace chainer::plan {
namespace {

using Folder = std::unique_ptr<DIR, decltype([](DIR* folder) { ::closedir(folder); })>;

/// For a path without `.`, and with `..` only at its start.
bool leads_outside(std::string_view normal) {
  return normal.starts_with('/') || normal == ".." || normal.starts_with("../");
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

/// Walks one tree. Every entry is looked at through its folder's descriptor; links are never
/// followed.
class Walk {
 public:
  Walk(SourceTree& tree, const input::SiteLimits* limits, const toml::Place& place,
       toml::Report& report)
      : tree_(tree),
        limits_(limits ? *limits : input::default_limits(place)),
        are_limits_known_(limits != nullptr),
        place_(place),
        report_(report) {}

  void folder(int fd, const std::string& path) {
    const Folder folder(::fdopendir(fd));
    if (!folder) {
      ::close(fd);
      return unreadable(path, errno);
    }
    const auto rules_before = rules_.size();
    add_rules(path);
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    for (const auto& name : names) {
      if (stopped_) return;
      this->entry(::dirfd(folder.get()), name, joined(path, name));
    }
    rules_.resize(rules_before);
  }

  /// Reports the limit that was exceeded, and what takes the most.
  void finish() {
    if (!passed_ || !are_limits_known_) return;
    const auto& at = passed_->place.at;
    report_.error(
        place_,
        fmt::format("the folder {} holds more than {}, the site's limit for a snapshot{}",
                    tree_.shown, passed_->limit,
                    at.line == 0 ? "" : fmt::format(" ({}:{})", passed_->place.file, at.line)),
        hint());
  }

 private:
  /// How far a walk goes on to find what takes the most: a home folder need not be walked to its
  /// end.
  static constexpr std::size_t most_looked_at = 20'000;

  std::string hint() const {
    std::string ignore = "name what the script does not need in a .chainerignore file there";
    const auto largest = sizes_.largest(passed_->by);
    if (largest.empty()) return ignore;
    return fmt::format(
        "the most is in {}{}; {}", largest,
        stopped_ ? fmt::format(", as far as the first {} entries tell", most_looked_at) : "",
        ignore);
  }

  struct PassedLimit {
    std::string limit;
    toml::Place place;
    TreeSizes::By by;
  };

  /// The rules of one folder, for what lies below it.
  struct FolderRules {
    std::string folder;
    IgnoreRules rules;
  };

  void add_rules(const std::string& folder) {
    const auto path = joined(folder, tree_.ignore_file);
    const auto text = read_text_file(tree_.folder + "/" + path);
    if (text) {
      rules_.push_back({folder, IgnoreRules::parse(*text)});
    } else if (text.error().error_number != ENOENT) {
      report_.error(place_,
                    fmt::format("cannot read {}/{}: {}", tree_.shown, path, text.error().what),
                    "without its rules nobody knows what the snapshot would leave out");
    }
  }

  /// The rules of the nearest folder that says something about `path` decide.
  bool is_ignored(std::string_view path, EntryKind kind) const {
    for (auto rules = rules_.rbegin(); rules != rules_.rend(); ++rules) {
      const auto below = rules->folder.empty() ? path : path.substr(rules->folder.size() + 1);
      if (const auto ignored = rules->rules.ignores(below, kind)) return *ignored;
    }
    return false;
  }

  void entry(int folder_fd, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(folder_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return unreadable(path, errno);
    }
    const auto kind = S_ISDIR(status.st_mode) ? EntryKind::folder : EntryKind::file;
    if (name == ".git") return;
    if (is_ignored(path, kind)) return tree_.ignored.push_back(path);
    if (S_ISDIR(status.st_mode)) return subfolder(folder_fd, name, path);
    if (S_ISLNK(status.st_mode)) return link(folder_fd, name, path);
    if (S_ISREG(status.st_mode)) return file(folder_fd, name, path, status);
    if (passed_) return;
    report_.warning(place_, fmt::format("{} is no file, folder or link: it is left out", path));
  }

  void subfolder(int folder_fd, const std::string& name, const std::string& path) {
    const int fd =
        ::openat(folder_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return unreadable(path, errno);
    if (!passed_) tree_.folders.push_back(path);
    sizes_.enter(path);
    folder(fd, path);
    sizes_.leave();
  }

  void link(int folder_fd, const std::string& name, const std::string& path) {
    if (passed_) return count(path, 0);
    char target[PATH_MAX];
    const auto length = ::readlinkat(folder_fd, name.c_str(), target, sizeof target);
    if (length < 0) return unreadable(path, errno);
    tree_.links.push_back({path, std::string(target, static_cast<std::size_t>(length))});
    const auto& written = tree_.links.back().target;
    const auto from = std::filesystem::path(path).parent_path();
    if (leads_outside((from / written).lexically_normal().string())) {
      report_.warning(
          place_, fmt::format("the link {} points outside source_directory, to {}", path, written),
          "the link is copied, not what it points to; nodes may not see that path");
    }
    count(path, 0);
  }

  void file(int folder_fd, const std::string& name, const std::string& path,
            const struct stat& status) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (passed_) return count(path, size);
    if (::faccessat(folder_fd, name.c_str(), R_OK, AT_EACCESS) != 0) unreadable(path, errno);
    tree_.files.push_back({path, size, (status.st_mode & S_IXUSR) != 0});
    count(path, size);
  }

  /// After the first limit that is exceeded, the walk only adds up.
  void count(const std::string& path, std::uint64_t size) {
    sizes_.add(path, size);
    bytes_ += size;
    if (passed_) {
      stopped_ = sizes_.entries() > most_looked_at;
      return;
    }
    const auto files = tree_.files.size() + tree_.links.size();
    if (files > static_cast<std::size_t>(limits_.snapshot_files.value.get())) {
      pass({fmt::format("{} files", limits_.snapshot_files.value.get()),
            limits_.snapshot_files.place, TreeSizes::By::count});
    } else if (bytes_ > limits_.snapshot_size.value.bytes()) {
      pass({limits_.snapshot_size.value.to_string(), limits_.snapshot_size.place,
            TreeSizes::By::size});
    }
  }

  void pass(PassedLimit limit) {
    passed_ = std::move(limit);
    tree_.whole = false;
    stopped_ = !are_limits_known_;
  }

  void unreadable(const std::string& path, int error_number) {
    report_.error(
        place_,
        fmt::format("cannot read {}/{}: {}", tree_.shown, path, std::strerror(error_number)),
        "make it readable, or name it in a .chainerignore file");
  }

  SourceTree& tree_;
  std::vector<FolderRules> rules_;  ///< from the tree's folder to the one being walked
  const input::SiteLimits limits_;
  const bool are_limits_known_;
  const toml::Place& place_;
  toml::Report& report_;
  TreeSizes sizes_;
  std::uint64_t bytes_{0};
  std::optional<PassedLimit> passed_;
  bool stopped_{false};
};

}  // namespace

bool SourceTree::has_file(std::string_view path) const {
  return std::ranges::find(files, path, &SourceFile::path) != files.end() ||
         std::ranges::find(links, path, &SourceLink::path) != links.end();
}

bool SourceTree::ignores(std::string_view path) const {
  return std::ranges::any_of(ignored, [&](const std::string& left_out) {
    return path == left_out || path.starts_with(left_out + "/");
  });
}

SourceTree list_source(const std::string& folder, const std::string& shown,
                       const input::SiteLimits* limits, const toml::Place& place,
                       toml::Report& report, const std::string& hint) {
  SourceTree tree;
  tree.folder = folder;
  tree.shown = shown;
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    report.error(place, fmt::format("cannot read the folder {}: {}", shown, std::strerror(errno)),
                 hint);
    return tree;
  }
  tree.whole = true;
  tree.ignore_file = ".gitignore";
  for (const auto* name : {".amlignore", ".chainerignore"}) {
    if (::faccessat(fd, name, F_OK, 0) == 0) tree.ignore_file = name;
  }
  Walk walk(tree, limits, place, report);
  walk.folder(fd, "");
  walk.finish();
  return tree;
}

std::string inside(std::string_view path) {
  auto normal = std::filesystem::path(path).lexically_normal().string();
  if (leads_outside(normal) || normal == "." || normal.empty()) return {};
  if (normal.ends_with('/')) normal.pop_back();
  return normal;
}

}  // namespace chainer::plan
