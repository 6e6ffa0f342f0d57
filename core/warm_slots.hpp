// Entries of the store that root keeps mounted on a node between steps, and what is noted about
// each.
//
// They lie in RUN_DIR/warm, a small file system of root's own. An entry's name says who uses which
// image, and stands in the record alone.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/kept_mounts.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer {

/// Which file an entry is. Its name alone would also fit one that was made anew under that name.
struct EntryIdentity {
  std::uint64_t device_major, device_minor, inode, bytes;
  std::uint64_t born;  ///< nanoseconds since 1970; 0 where the file system does not know
  friend bool operator==(const EntryIdentity&, const EntryIdentity&) = default;

  /// Nothing where the kernel does not say. `fd` may be O_PATH.
  static std::optional<EntryIdentity> of(int fd);
};

struct WarmSlot {
  unsigned number;
  EntryIdentity identity;
  std::uint64_t mounted_device;  ///< st_dev of what is mounted: a slot may be another one's by now
  std::string entry;             ///< its path below the store
  timespec last_use{};

  std::string record() const;
  static std::optional<WarmSlot> parse(unsigned number, std::string_view record);
};

class WarmSlots {
 public:
  /// `folder` is WARM itself, opened; `path` its name, for mounts that are removed.
  WarmSlots(UniqueFd folder, std::string path) : places_(std::move(folder), std::move(path)) {}

  /// The slots that exist; nothing where there is no such folder. An error where others than root
  /// can change it.
  static Result<std::optional<WarmSlots>> existing(const std::string& run_dir);

  std::vector<WarmSlot> list() const;
  const KeptMounts& places() const { return places_; }

  /// Makes the slot's folder where it is missing, empties it, and writes its record.
  Result<void> assign(const WarmSlot& slot) const {
    return places_.assign(slot.number, slot.record());
  }
  void drop(unsigned number) const { places_.drop(number); }

 private:
  explicit WarmSlots(KeptMounts places) : places_(std::move(places)) {}
  KeptMounts places_;
};

/// Where warm mounts lie below the plugin's folder on a node.
std::string warm_folder(const std::string& run_dir);

}  // namespace chainer
