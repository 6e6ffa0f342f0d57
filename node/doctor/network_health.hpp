// Whether registries and the package index answer the account that asks.
#pragma once

#include <string>
#include <vector>

#include "core/health.hpp"

namespace chainer::doctor {

struct NetworkAnswer {
  std::string asked;    ///< an image reference, or "the package index"
  std::string failure;  ///< empty: it answered
};

struct NetworkFacts {
  bool is_root{false};  ///< then nobody is asked
  std::vector<NetworkAnswer> answers{};
};

/// Asks for each image, and the index for `pip` where `tools` holds what asks it, with this
/// account's credentials, proxies and settings. Root asks nobody: it never does in a job either.
NetworkFacts ask_network(const std::vector<std::string>& images, const std::string& tools);
HealthFindings check_network(const NetworkFacts& network);

}  // namespace chainer::doctor
