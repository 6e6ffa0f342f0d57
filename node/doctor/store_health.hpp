// Whether the store's folder is where it is said to be, is its account's alone, and has room.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

/// The store's folder, one on the way to it, or one in it.
struct StorePlace {
  std::string path;
  int error_number{0};  ///< why it cannot be looked at; 0 where it can
  uid_t owner{0};
  mode_t mode{0};
};

struct StoreFacts {
  std::string path;
  std::string account;
  std::optional<uid_t> account_uid;
  std::vector<StorePlace> places;  ///< from the root on, up to the first that cannot be looked at
  std::uint64_t quota{0};
  std::uint64_t total{0}, free{0};  ///< bytes of its file system; 0 where it does not say
  bool is_read_only{false};
  std::uint64_t inode{0};  ///< of the folder: the same on all nodes that see the same one
  bool is_root_looking{false};
  std::vector<StorePlace> inner{};  ///< the folders that a store is made of, those that are there
};

StoreFacts look_at_store(const PluginConf& conf, std::optional<uid_t> account_uid);
HealthFindings check_store(const StoreFacts& store);

}  // namespace chainer::doctor
