// plugin.conf: what the node's half knows of its site. Plain `key value` lines, root-owned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_size.hpp"
#include "core/result.hpp"
#include "core/runtime.hpp"
#include "install_paths.hpp"

namespace chainer {

/// Who may use an image that was not fetched anonymously.
enum class PrivateImages {
  per_user,  ///< only the user who brought it
  share,     ///< whoever presents the manifest's bytes
};

/// What keeps preparations of several nodes apart on the store's file system.
enum class StoreLocks {
  automatic,  ///< what the file system is known to have
  flock,      ///< the kernel's locks: they reach all nodes
  lease,      ///< files that their owners keep renewing
};

struct PluginConf {
  std::string store;                     ///< `store`: absolute folder of the site's store
  std::string store_account{"chainer"};  ///< `store_account`: the system account that owns it
  ByteSize store_quota{ByteSize::from_bytes(std::uint64_t{100} << 30)};  ///< `store_quota`
  /// `store_quota_per_user`: what one user has brought and is bringing; half the quota when unset
  std::optional<ByteSize> store_quota_per_user{};
  /// `least_rate`: bytes per second below which a download is not waited for by other users
  ByteSize least_rate{ByteSize::from_bytes(std::uint64_t{1} << 20)};
  StoreLocks store_locks{StoreLocks::automatic};  ///< `store_locks auto|flock|lease`
  /// `keep_used_days`: with leases, what was used in the last so many days is not evicted
  unsigned keep_used_days{7};
  /// `helper`: absolute path
  std::string helper{std::string(programs_folder) + "/chainer-node"};
  /// `tools`: folder of the builders
  std::string tools{std::string(programs_folder) + "/tools"};
  std::string run_dir{"/run/chainer"};            ///< `run_dir`: node-local, root's own
  std::string slurmd_spool{"/var/spool/slurmd"};  ///< `slurmd_spool`: %n, %h as in slurm.conf
  ByteSize default_shm_size{ByteSize::from_bytes(std::uint64_t{2} << 30)};  ///< `default_shm_size`
  std::vector<std::string> binds;  ///< `bind PATH`, repeatable: host paths every container sees
  std::vector<std::string> live_binds;  ///< `bind_live PATH`: likewise, with what is mounted later
  /// `bind_if_present PATH`, repeatable: the same as `bind` where a node has it
  std::vector<std::string> binds_if_present;
  /// `gpu_files`: the list of what containers get of the node's GPU driver
  std::string gpu_files{"/etc/chainer/gpu-files"};
  /// `bind_home yes|no`: whether a step that does not say sees its account's home
  bool bind_home{true};
  std::string task_prolog;  ///< `task_prolog`: slurm.conf's TaskProlog, bound in read-only
  PrivateImages private_images{PrivateImages::per_user};  ///< `private_images per-user|share`
  /// `curator`: the account whose environments serve everybody; empty: nobody's do
  std::string curator{};
  /// `warm_mounts`: how many entries a node keeps mounted between steps; 0 keeps none
  unsigned warm_mounts{8};
  /// `layer_size`: what a layer of a job may hold on a node; unset: this site has none
  std::optional<ByteSize> layer_size{};
  /// `pmix_timeout`: seconds that tasks which are ready wait in MPI_Init for nodes that are not; 0
  /// leaves it to Slurm
  unsigned pmix_timeout{3600};
  /// `runtimes NAMES`: what may start a step's container
  std::vector<Runtime> runtimes{Runtime::native};
  bool allow_root{false};  ///< `allow_root yes|no`: jobs of uid 0
  /// `drop_variables NAMES`: variables of a job that no container gets; NAME* is all that begin so
  std::vector<std::string> drop_variables{default_drop_variables()};

  /// What steers the Python, the libraries, the shell and the language of a login.
  static std::vector<std::string> default_drop_variables();

  bool operator==(const PluginConf&) const = default;
};

/// What the manual page says of a key.
struct PluginConfKey {
  std::string_view name;
  std::string_view value;       ///< what stands behind it: "SIZE", "yes|no"
  std::string_view fallback{};  ///< as it would be written; empty: the sentence says what holds
  std::string_view sentence;
};

/// Every key, from the table that the file is read by.
std::vector<PluginConfKey> plugin_conf_keys();

/// Reads plugin.conf's text. `#` starts a comment at the start of a line or after a blank. A key
/// that is unknown, given twice (those for binds may be) or has a bad value is the node's fault and
/// names the line; so is a missing `store`.
Result<PluginConf> parse_plugin_conf(std::string_view text, std::string_view path);

/// Opens and reads `path`: a regular file, owned by root, writable by nobody else.
Result<PluginConf> load_plugin_conf(const std::string& path);

/// All that is wrong with the file, where load_plugin_conf says the first thing alone.
std::vector<Error> problems_of_plugin_conf(const std::string& path);

}  // namespace chainer
