#include "submit/run/git_state.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "core/text_file.hpp"

namespace chainer::run {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto patience_with_git = 2s;
constexpr std::size_t largest_index = std::size_t{256} << 20;
constexpr int most_references = 5;

/// Where a repository keeps its parts.
struct Repository {
  std::string top;     ///< the folder that holds .git
  std::string own;     ///< HEAD and the index, of this work tree alone
  std::string common;  ///< objects and references, of all work trees
};

/// The first line of a small file; empty where there is none.
std::string line_of(const std::string& path) {
  const auto text = read_text_file(path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

std::string from(const std::string& folder, const std::string& path) {
  return (fs::path(folder) / path).lexically_normal().string();
}

std::optional<Repository> find_repository(const std::string& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    const auto git = (at / ".git").string();
    std::error_code none;
    Repository found{at.string(), git, git};
    if (fs::is_regular_file(git, none)) {  // a work tree or a submodule: the folder is elsewhere
      constexpr std::string_view mark = "gitdir: ";
      const auto line = line_of(git);
      if (!line.starts_with(mark)) return std::nullopt;
      found.own = found.common = from(at.string(), line.substr(mark.size()));
    } else if (!fs::is_directory(git, none)) {
      if (at == at.root_path() || at.empty()) return std::nullopt;
      continue;
    }
    const auto common = line_of(found.own + "/commondir");
    if (!common.empty()) found.common = from(found.own, common);
    return found;
  }
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string packed_reference(const Repository& repository, const std::string& name) {
  const auto text = read_text_file(repository.common + "/packed-refs");
  if (!text) return {};
  const auto at = text->find(" " + name + "\n");
  if (at == text->npos) return {};
  const auto start = text->rfind('\n', at);
  const auto from_line = start == text->npos ? 0 : start + 1;
  return text->substr(from_line, at - from_line);
}

/// The commit that HEAD names; empty where there is none.
std::string head_of(const Repository& repository) {
  constexpr std::string_view mark = "ref: ";
  auto text = line_of(repository.own + "/HEAD");
  for (int i = 0; i < most_references && text.starts_with(mark); ++i) {
    const auto name = text.substr(mark.size());
    if (!name.starts_with("refs/") || name.find("..") != name.npos) return {};
    text = line_of(repository.own + "/" + name);
    if (text.empty()) text = line_of(repository.common + "/" + name);
    if (text.empty()) text = packed_reference(repository, name);
  }
  return is_commit(text) ? text : std::string();
}

bool is_own(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

/// A repository that this program makes: it has another one's objects and index, and no
/// configuration but what is written here. It is removed when this is destroyed.
class Stand {
 public:
  static std::optional<Stand> over(const Repository& repository, const std::string& commit) {
    std::string path = (fs::temp_directory_path() / "chainer-git-XXXXXX").string();
    if (!::mkdtemp(path.data())) return std::nullopt;
    Stand stand(path);
    std::error_code failure;
    const auto index_time = fs::last_write_time(repository.own + "/index", failure);
    if (failure) return std::nullopt;
    const auto index = read_file(repository.own + "/index", largest_index);
    fs::create_directories(path + "/refs", failure);
    const std::string format = commit.size() == 64 ? "[core]\nrepositoryformatversion = 1\n"
                                                     "[extensions]\nobjectformat = sha256\n"
                                                   : "[core]\nrepositoryformatversion = 0\n";
    const bool is_made = index && !failure && write_new_file(path + "/index", *index) &&
                         write_new_file(path + "/HEAD", commit + "\n") &&
                         write_new_file(path + "/config", format);
    if (!is_made) return std::nullopt;
    // git reads a file again that is as new as the index: what was changed in the second of a
    // checkout has the size and the times that the index notes.
    fs::last_write_time(path + "/index", index_time, failure);
    return failure ? std::nullopt : std::optional(std::move(stand));
  }

  Stand(Stand&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Stand& operator=(Stand&&) = delete;
  ~Stand() {
    std::error_code ignored;  // a temporary folder
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Stand(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::optional<bool> is_dirty(const std::string& folder, const Repository& repository,
                             const std::string& commit, ProcessRunner& processes) {
  const auto stand = Stand::over(repository, commit);
  if (!stand) return std::nullopt;
  const auto* path = std::getenv("PATH");
  const std::vector<std::string> environment = {
      std::string("PATH=") + (path ? path : "/usr/bin:/bin"),
      "LC_ALL=C",
      "HOME=" + stand->path(),
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_OPTIONAL_LOCKS=0",
      "GIT_TERMINAL_PROMPT=0",
      "GIT_DIR=" + stand->path(),
      "GIT_WORK_TREE=" + repository.top,
      "GIT_OBJECT_DIRECTORY=" + repository.common + "/objects",
  };
  auto git = processes.start(
      {"git", "-C", folder, "-c", "core.excludesFile=" + repository.common + "/info/exclude",
       "status", "--porcelain", "--ignore-submodules=all", "--", "."},
      environment);
  if (!git) return std::nullopt;
  const auto finished = (*git)->wait(patience_with_git);
  if (!finished || finished->code != 0) return std::nullopt;
  return !finished->out.empty();
}

}  // namespace

std::optional<GitState> git_state(const std::string& folder, ProcessRunner& processes) {
  const auto repository = find_repository(folder);
  if (!repository) return std::nullopt;
  GitState state{head_of(*repository)};
  if (state.commit.empty()) return std::nullopt;
  const bool is_of_the_user =
      is_own(repository->own) && is_own(repository->common) && is_own(repository->top);
  if (is_of_the_user) state.is_dirty = is_dirty(folder, *repository, state.commit, processes);
  return state;
}

}  // namespace chainer::run
