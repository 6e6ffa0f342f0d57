// A cold preparation: the user's side fetches or builds, the store's side verifies and files.
#pragma once

#include <string>
#include <vector>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/child.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// What the user's side gets besides its two pipes.
struct UserSide {
  std::vector<std::string> arguments;  ///< after `chainer-node user-side`
  UniqueFd inside;                     ///< socket to the process inside the image, or empty
};

/// What the store's side is told: the kind of entry that is wanted, the key of one that is there but
/// could not be mounted, and whose environments serve everybody.
struct Order {
  EntryKind kind;
  std::optional<Digest> suspect{};
  std::optional<uid_t> curator{};
};

/// Starts both sides, waits for the store's side's verdict and reaps them. The sides print their
/// own errors on stderr, so a failed outcome needs no further words; an Error is one that nobody
/// printed. A cancelled step ends both within a second.
Result<StoreVerdict> run_helper_pair(const Attached&, const Step& step, const PluginConf& conf,
                                     const std::string& conf_path, const Account& store_account,
                                     const Order& order, UserSide user_side);

/// The process inside the image that runs commands for the user's side. Stopped when this is
/// destroyed.
struct Inside {
  UniqueFd socket;  ///< the user's side's end
  Child process;
};

/// Starts chainer-inside as the user in `mount_namespace`.
Result<Inside> start_inside(const Attached&, const Step& step, int mount_namespace);

}  // namespace chainer
