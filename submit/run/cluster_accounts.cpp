#include "submit/run/cluster_accounts.hpp"

#include <charconv>

#include "submit/run/cluster_facts.hpp"

namespace chainer::run {
namespace {

/// Reads "8G" as Slurm writes amounts; memory without a unit is in MiB.
std::uint64_t amount(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  switch (text.empty() ? '\0' : text.back()) {
    case 'T': return value << 20;
    case 'G': return value << 10;
    case 'K': return value >> 10;
    default: return value;
  }
}

/// The limits for one job, for all of a person's jobs and for all of an account's or QOS's: no job
/// may exceed any of them.
std::vector<TresLimit> all_limits(std::initializer_list<std::string_view> texts) {
  std::vector<TresLimit> limits;
  for (const auto text : texts) {
    for (auto& limit : read_tres(text)) limits.push_back(std::move(limit));
  }
  return limits;
}

}  // namespace

std::vector<TresLimit> read_tres(std::string_view text) {
  std::vector<TresLimit> limits;
  for (const auto one : split(text, ',')) {
    const auto equals = one.find('=');
    if (equals == one.npos) continue;
    limits.push_back({std::string(one.substr(0, equals)), amount(one.substr(equals + 1))});
  }
  return limits;
}

std::vector<std::string> question_for_associations(const std::string& cluster,
                                                   const std::string& user) {
  return {"sacctmgr",
          "--readonly",
          "--noheader",
          "--parsable2",
          "show",
          "user",
          "name=" + user,
          "cluster=" + cluster,
          "withassoc",
          "format=DefaultAccount,Account,Partition,QOS,DefaultQOS,MaxWall,MaxTRES,GrpTRES"};
}

std::vector<Association> read_associations(std::string_view sacctmgr) {
  std::vector<Association> found;
  for (const auto& [own_default, account, partition, qos, default_qos, wall, per_job, in_all] :
       rows_of<8>(sacctmgr)) {
    if (account.empty()) continue;  // a person without accounts has one empty line
    found.push_back({std::string(own_default), std::string(account), std::string(partition),
                     listed_words(qos), std::string(default_qos), minutes_of(wall),
                     all_limits({per_job, in_all})});
  }
  return found;
}

std::vector<std::string> question_for_qos() {
  return {"sacctmgr",
          "--readonly",
          "--noheader",
          "--parsable2",
          "show",
          "qos",
          "format=Name,MaxWall,MaxTRES,MaxTRESPerUser,GrpTRES"};
}

std::vector<QualityOfService> read_qos(std::string_view sacctmgr) {
  std::vector<QualityOfService> found;
  for (const auto& [name, wall, per_job, per_user, in_all] : rows_of<5>(sacctmgr)) {
    found.push_back({std::string(name), minutes_of(wall), all_limits({per_job, per_user, in_all})});
  }
  return found;
}

}  // namespace chainer::run
