#include "node/commands/site_store.hpp"

#include <sys/stat.h>

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

}  // namespace chainer::commands
