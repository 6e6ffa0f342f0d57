// The accounts that plugin.conf names.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/health.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::doctor {

struct AccountFacts {
  std::string name;          ///< the store's account
  std::optional<uid_t> uid;  ///< nothing where the node does not know it
  std::string curator{};     ///< empty where the site has none
  std::optional<uid_t> curator_uid{};
};

AccountFacts look_at_accounts(const PluginConf& conf);
HealthFindings check_accounts(const AccountFacts& accounts);

}  // namespace chainer::doctor
