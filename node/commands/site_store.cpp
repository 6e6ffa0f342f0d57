#include "node/commands/site_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/unique_fd.hpp"
#include "node/commands/said.hpp"
#include "node/store/account.hpp"

namespace chainer::commands {

store::StoreLimits limits_of(const PluginConf& conf) {
  const auto half = ByteSize::from_bytes(conf.store_quota.bytes() / 2);
  return {conf.store_quota, conf.store_quota_per_user.value_or(half)};
}

Result<store::Store> open_store(const PluginConf& conf) {
  if (!conf.store_account.empty()) TRY(store::become_account(conf.store_account));
  ::umask(0);  // what is made here gets its mode whole, whatever the job's umask
  return store::Store::open(conf.store, limits_of(conf), {conf.store_locks, conf.keep_used_days});
}

Result<store::Store> look_into_store(const PluginConf& conf) {
  if (!store::become_account(conf.store_account)) {
    say("chainer: only public entries are shown; root and the account '" + conf.store_account +
        "' see all");
  }
  const UniqueFd folder(::open(conf.store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) return store::Store::existing(conf.store, limits_of(conf));
  const auto refused = errno;
  return Error::from_errno("cannot look into the store " + conf.store, refused)
      .with_hint(refused == EACCES ? "run this as root"
                                   : "'chainer-node doctor' says what is wrong with it");
}

}  // namespace chainer::commands
