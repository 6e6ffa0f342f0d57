#include "node/store/lease.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>

#include "core/fd_io.hpp"
#include "node/store/store_file.hpp"

namespace chainer::store {
namespace {

constexpr std::size_t number_size = 16;  // hexadecimal digits
constexpr std::size_t largest_text = 64;

std::string random_hex() {
  std::array<char, number_size + 1> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%016llx",
                                  static_cast<unsigned long long>(random_number())));
  return text.data();
}

/// The text at `path`, as the server has it now; empty when nothing is there.
std::optional<std::string> text_at(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return std::nullopt;
  auto text = read_all(fd.get(), largest_text);
  return text ? *std::move(text) : std::string();
}

/// The owner's number; empty when a crashed server has lost the file's bytes.
std::string number_in(const std::optional<std::string>& text) {
  return text && text->size() > number_size ? text->substr(0, number_size) : "";
}

}  // namespace

EverySecond::EverySecond(std::function<void()> work)
    : thread_([this, work = std::move(work)] {
        std::unique_lock guard(mutex_);
        do {
          work();
        } while (!changed_.wait_for(guard, std::chrono::seconds(1), [this] { return done_; }));
      }) {}

EverySecond::~EverySecond() {
  {
    const std::lock_guard guard(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

/// A file that bears the owner's number, under whatever name it is reached by now.
struct Lease::Kept {
  UniqueFd fd;
  std::string path{};  ///< empty until the name is ours
  std::string number{random_hex()};
  unsigned long long count{0};
  std::optional<EverySecond> renewal{};

  /// An owner that cannot renew its lease looks like a silent one.
  void renew() {
    std::array<char, largest_text> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%s %020llu\n", number.c_str(), ++count);
    static_cast<void>(!::pwrite(fd.get(), text.data(), static_cast<std::size_t>(size), 0));
    static_cast<void>(::fdatasync(fd.get()));
  }

  /// A new file beside `wanted`, to be linked to that name.
  static Result<std::unique_ptr<Kept>> beside(const std::string& wanted) {
    auto kept = std::make_unique<Kept>();
    kept->path = wanted + ".claim-" + kept->number;
    kept->fd = UniqueFd(
        ::open(kept->path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!kept->fd) return Error::from_errno("cannot make " + kept->path, errno);
    kept->renew();
    return kept;
  }

  /// Whether our file now has `name` too. What link itself answers may be the answer to a
  /// repetition, where a network lost the first one (open(2), on O_EXCL and NFS).
  bool is_linked_to(const std::string& name) const {
    struct stat status {};
    return ::link(path.c_str(), name.c_str()) == 0 ||
           (::fstat(fd.get(), &status) == 0 && status.st_nlink == 2);
  }

  /// From now on the file has this name and is opened by it: some file systems know a descriptor by
  /// the name that it was opened with.
  void begin(std::string name) {
    path = std::move(name);
    if (UniqueFd by_name(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)); by_name)
      fd = std::move(by_name);
    renewal.emplace([this] { renew(); });
  }

  Kept() = default;
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() {
    renewal.reset();
    if (fd && number_in(text_at(path)) == number) ::unlink(path.c_str());
  }
};

Lease::Lease(std::unique_ptr<Kept> kept) : kept_(std::move(kept)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

Result<std::optional<Lease>> LeaseWatch::try_take() {
  const auto silent_for = owner_.look_at(path_);
  if (owner_.text) {
    return silent_for >= silence_ ? succeed(number_in(owner_.text)) : std::optional<Lease>();
  }
  TRY_ASSIGN(auto kept, Lease::Kept::beside(path_));
  if (!kept->is_linked_to(path_)) return std::optional<Lease>();
  ::unlink(kept->path.c_str());
  kept->begin(path_);
  return std::optional(Lease(std::move(kept)));
}

Result<std::optional<Lease>> LeaseWatch::take_over() {
  const auto text = text_at(path_);
  return text ? succeed(number_in(text)) : try_take();
}

/// Replaces the lease that bears `number`; of all who want to, one succeeds.
Result<std::optional<Lease>> LeaseWatch::succeed(const std::string& number) {
  const auto successor = path_ + ".after-" + number;
  TRY_ASSIGN(auto kept, Lease::Kept::beside(path_));
  if (!kept->is_linked_to(successor)) {
    // Whoever has that name takes it away at once, unless it died right here.
    if (successor_.look_at(successor) >= silence_) ::unlink(successor.c_str());
    return std::optional<Lease>();
  }
  const bool is_ours =
      number_in(text_at(path_)) == number && ::rename(kept->path.c_str(), path_.c_str()) == 0;
  ::unlink(successor.c_str());
  if (!is_ours) return std::optional<Lease>();
  kept->begin(path_);
  return std::optional(Lease(std::move(kept)));
}

/// For how long the name has shown what it shows now.
LeaseWatch::Clock::duration LeaseWatch::Shown::look_at(const std::string& path) {
  const auto now = Clock::now();
  if (auto shown = text_at(path); shown != text || since == Clock::time_point{}) {
    text = std::move(shown);
    since = now;
  }
  return now - since;
}

}  // namespace chainer::store
