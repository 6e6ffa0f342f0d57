// Folders that a node must see for the login side's sake: those of runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/health.hpp"

namespace chainer::doctor {

struct SharedFolder {
  std::string path;
  std::string failure{};    ///< why it cannot be looked at; empty where it can
  bool is_writable{false};  ///< for the account that asks
  std::uint64_t inode{0};   ///< the same wherever the same folder is seen
};

std::vector<SharedFolder> look_at_folders(const std::vector<std::string>& paths);
HealthFindings check_folders(const std::vector<SharedFolder>& folders);

}  // namespace chainer::doctor
