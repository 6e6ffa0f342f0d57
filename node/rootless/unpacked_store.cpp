#include "node/rootless/unpacked_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "node/rootless/unpacked_image.hpp"

namespace chainer::rootless {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view lock_suffix = ".lock";

/// The lock of whoever unpacks an entry; others wait for it.
Result<UniqueFd> take_turn(const std::string& path) {
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return Error::from_errno("cannot make " + path, errno);
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Error::from_errno("cannot lock " + path, errno);
  }
  return lock;
}

/// Whether the store still has what `name`, "KIND-HEX", was unpacked from.
bool has_entry(const OwnStore& store, const std::string& name) {
  const auto dash = name.find('-');
  const auto kind = entry_kind_named(name.substr(0, dash));
  const auto key =
      dash == name.npos ? Result<Digest>(Error{}) : Digest::parse_hex(name.substr(dash + 1));
  if (!kind || !key) return false;
  const auto found = store.find(*kind, *key);
  return !found || *found;
}

/// Removes what evicted entries were unpacked to. Entries in use are pinned, so they are still
/// there.
void remove_evicted(const OwnStore& store) {
  std::error_code ignored;
  for (const auto& folder : fs::directory_iterator(store.unpacked(), ignored)) {
    const auto name = folder.path().filename().string();
    if (!folder.is_directory(ignored) || name.find('.') != name.npos || has_entry(store, name))
      continue;
    fs::remove_all(folder.path(), ignored);
    fs::remove(folder.path().string() + std::string(lock_suffix), ignored);
  }
}

Result<void> unpack(const std::string& file, const std::string& folder, const wire::Say& say) {
  const auto part = folder + ".part";
  std::error_code ignored;
  fs::remove_all(part, ignored);  // what a killed process left
  const auto start = std::chrono::steady_clock::now();
  auto unpacked = unpack_squashfs(file, part, [&](std::uint64_t bytes) {
    say(wire::progress_message(
        {}, "unpacking " + wire::human_bytes(bytes) + " into " + folder +
                ", once: without FUSE and squashfuse nothing can mount them here"));
  });
  if (!unpacked) {
    fs::remove_all(part, ignored);
    return unpacked;
  }
  if (::rename(part.c_str(), folder.c_str()) != 0)
    return Error::from_errno("cannot make " + folder, errno);
  say(wire::progress_message({}, "unpacked in " + wire::human_seconds(wire::seconds_since(start))));
  return {};
}

}  // namespace

Result<std::string> unpack_once(const OwnStore& store, EntryKind kind, const OwnEntry& entry,
                                const wire::Say& say) {
  auto folder = store.unpacked() + "/" + std::string(name_of(kind)) + "-" + entry.key.hex();
  TRY_ASSIGN(const auto turn, take_turn(folder + std::string(lock_suffix)));
  if (::access(folder.c_str(), F_OK) == 0) return folder;
  remove_evicted(store);
  TRY(unpack(entry.path, folder, say));
  return folder;
}

}  // namespace chainer::rootless
