// A store in a folder of its own, and entries to put into it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "core/fd_io.hpp"
#include "node/store/store.hpp"

namespace chainer::fixtures {

inline Digest key(char digit) { return *Digest::parse_hex(std::string(64, digit)); }

inline StoreEntry public_image(char digit) {
  return {EntryKind::manifest, key(digit), Audience::everyone()};
}
inline StoreEntry own_image(char digit, uid_t user = 1000) {
  return {EntryKind::manifest, key(digit), Audience::only(user)};
}

class StoreFolder : public testing::Test {
 protected:
  StoreFolder() { root_ = ::mkdtemp(root_.data()); }
  ~StoreFolder() override { std::filesystem::remove_all(root_); }

  static store::StoreLimits limits(std::uint64_t quota, std::uint64_t per_user) {
    return {ByteSize::from_bytes(quota), ByteSize::from_bytes(per_user)};
  }
  store::Store open(std::uint64_t quota = 1'000'000) { return open(quota, quota); }
  store::Store open(std::uint64_t quota, std::uint64_t per_user) {
    return *store::Store::open(root_, limits(quota, per_user));
  }

  /// Files `size` bytes, which take a page more with their seal.
  static void file(const store::Store& store, const StoreEntry& entry, std::size_t size,
                   uid_t brought_by = 1000) {
    auto pending = store.begin();
    ASSERT_TRUE(pending);
    ASSERT_TRUE(write_all(pending->fd(), std::string(size, 'x')));
    const auto committed = store.commit(*std::move(pending), entry, brought_by);
    ASSERT_TRUE(committed) << committed.error().what;
  }
  static void age(const store::Store& store, const StoreEntry& entry, time_t seconds) {
    const timespec times[] = {{0, UTIME_OMIT}, {::time(nullptr) - seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, store.path_of(entry).c_str(), times, 0), 0);
  }
  static bool has(const store::Store& store, const StoreEntry& entry) {
    return std::filesystem::exists(store.path_of(entry));
  }

  std::string root_{"/tmp/chainer-store-XXXXXX"};
};

}  // namespace chainer::fixtures
