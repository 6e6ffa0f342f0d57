#include "spank_plugin/preparation_count.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/roots_folder.hpp"

namespace chainer {
namespace {

constexpr double microseconds_per_second = 1e6;

EntryFigures entry_figures(const std::optional<UsedEntry>& entry) {
  EntryFigures figures{};
  if (!entry) return figures;
  const auto& work = entry->work;
  if (work.made_here) {
    figures.made = 1;
  } else {
    (work.has(Phase::wait) ? figures.waited : figures.found) = 1;
  }
  for (const auto& time : work.phases) {
    auto& phase = figures.phases.at(index_of(time.phase));
    phase.times += 1;
    phase.microseconds += static_cast<std::uint64_t>(time.seconds * microseconds_per_second);
    phase.bytes += time.bytes;
  }
  return figures;
}

void count_failure(Fault fault, NodeFigures& figures) {
  switch (fault) {
    case Fault::user: figures.failed_for_user = 1; return;
    case Fault::try_again: figures.failed_for_now = 1; return;
    default: figures.failed_for_node = 1; return;
  }
}

/// The file, mapped. Nobody takes a lock of it, which anybody who can read it could hold for ever.
class MappedFigures {
 public:
  static Result<MappedFigures> of(int file) {
    void* place = ::mmap(nullptr, sizeof(FiguresFile), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (place == MAP_FAILED) return Error::from_errno("cannot map the node's figures", errno);
    return MappedFigures(static_cast<FiguresFile*>(place));
  }
  MappedFigures(MappedFigures&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  MappedFigures& operator=(MappedFigures&&) = delete;
  ~MappedFigures() {
    if (file_ != nullptr) ::munmap(file_, sizeof *file_);
  }

  const FiguresFile& file() const { return *file_; }

  void add(const NodeFigures& figures) {
    constexpr auto count = sizeof(NodeFigures) / sizeof(std::uint64_t);
    auto* counters = reinterpret_cast<std::uint64_t*>(&file_->figures);
    const auto* more = reinterpret_cast<const std::uint64_t*>(&figures);
    for (std::size_t i = 0; i < count; ++i) {
      if (more[i] != 0) std::atomic_ref(counters[i]).fetch_add(more[i], std::memory_order_relaxed);
    }
  }

 private:
  explicit MappedFigures(FiguresFile* file) : file_(file) {}
  FiguresFile* file_;
};

/// Whether root made this file as it is: then its whole length can be written without a signal.
bool is_whole(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == 0 &&
         status.st_size == sizeof(FiguresFile);
}

/// Begins a file, in place of one of another release.
Result<void> begin_file(int folder) {
  const std::string name = std::string(figures_name) + ".new-" + std::to_string(::getpid());
  ::unlinkat(folder, name.c_str(), 0);
  const UniqueFd file(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Error::from_errno("cannot create " + name, errno);
  const auto empty = FiguresFile::empty(static_cast<std::uint64_t>(::time(nullptr)));
  auto written = write_all(file.get(), {reinterpret_cast<const char*>(&empty), sizeof empty});
  // The mode is what it says, whatever umask a step has.
  const bool is_made = written && ::fchmod(file.get(), 0644) == 0;
  const auto refused = errno;
  // Another step may begin one at the same moment: the first one's stays.
  if (is_made) ::renameat2(folder, name.c_str(), folder, figures_name.data(), RENAME_NOREPLACE);
  ::unlinkat(folder, name.c_str(), 0);
  if (is_made) return {};
  return written ? Error::from_errno("cannot make " + name, refused) : std::move(written);
}

/// False where there is no file, or one of another release, which is then removed.
Result<bool> add_to_file(int folder, const NodeFigures& figures) {
  const UniqueFd file(::openat(folder, figures_name.data(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno == ENOENT) return false;
  if (file && is_whole(file.get())) {
    TRY_ASSIGN(auto mapped, MappedFigures::of(file.get()));
    if (mapped.file().is_ours()) {
      mapped.add(figures);
      return true;
    }
  }
  if (::unlinkat(folder, figures_name.data(), 0) != 0)
    return Error::from_errno("cannot remove what is in the place of the node's figures", errno);
  return false;
}

}  // namespace

NodeFigures figures_of(const PreparationRecord& record) {
  NodeFigures figures{};
  figures.microseconds = static_cast<std::uint64_t>(record.took.count()) * 1000;
  figures.images = entry_figures(record.image);
  figures.environments = entry_figures(record.environment);
  for (const auto* entry : {&record.image, &record.environment}) {
    if (!*entry) continue;
    const auto& evicted = (*entry)->work.evicted;
    figures.evicted_entries += evicted.entries;
    figures.evicted_bytes += evicted.bytes;
  }
  if (record.failure) {
    count_failure(record.failure->fault, figures);
  } else {
    (record.is_warm() ? figures.warm : figures.made) = 1;
  }
  return figures;
}

Result<void> add_to_node_figures(const std::string& run_dir, const NodeFigures& figures) {
  TRY_ASSIGN(const auto folder, own_folder(run_dir, 0755));
  TRY_ASSIGN(const bool is_added, add_to_file(folder.get(), figures));
  if (is_added) return {};
  TRY(begin_file(folder.get()));
  TRY_ASSIGN(const bool is_added_now, add_to_file(folder.get(), figures));
  if (!is_added_now) return Error{"the node's figures were removed at this moment", ""};
  return {};
}

}  // namespace chainer
