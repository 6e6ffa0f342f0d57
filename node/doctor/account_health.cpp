#include "node/doctor/account_health.hpp"

#include <pwd.h>

namespace chainer::doctor {
namespace {

std::optional<uid_t> uid_of(const std::string& name) {
  const passwd* account = name.empty() ? nullptr : ::getpwnam(name.c_str());
  return account == nullptr ? std::nullopt : std::optional(account->pw_uid);
}

}  // namespace

AccountFacts look_at_accounts(const PluginConf& conf) {
  return {conf.store_account, uid_of(conf.store_account), conf.curator, uid_of(conf.curator)};
}

HealthFindings check_accounts(const AccountFacts& accounts) {
  HealthFindings found;
  const auto problem = [&](std::string what, std::string where, std::string why, std::string next) {
    found.push_back(
        {HealthLevel::problem, std::move(what), std::move(where), std::move(why), std::move(next)});
  };
  if (!accounts.uid) {
    problem("the account '" + accounts.name + "' does not exist", "store_account in plugin.conf",
            "nobody can write into the store: every job with an image fails here",
            "useradd --system " + accounts.name + ", with the same number on every node");
  } else if (*accounts.uid == 0) {
    problem("the store's account is root", "store_account in plugin.conf",
            "what strangers sent would be unpacked with every right",
            "name an account of its own, such as chainer");
  }
  if (!accounts.curator.empty() && !accounts.curator_uid) {
    problem("the account '" + accounts.curator + "' does not exist", "curator in plugin.conf",
            "curated environments are refused here",
            "make the account on this node, or take the line away");
  } else if (accounts.curator_uid &&
             (*accounts.curator_uid == 0 || accounts.curator_uid == accounts.uid)) {
    problem("the curator is root or the store's account", "curator in plugin.conf",
            "curated environments are refused here", "name an account without rights");
  }
  return found;
}

}  // namespace chainer::doctor
