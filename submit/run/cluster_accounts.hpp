// What sacctmgr says about a person's accounts, and the limits of these and of QOSs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::run {

/// How much one job may have of something that Slurm counts: "node", "cpu", "mem" (MiB),
/// "gres/gpu", …
struct TresLimit {
  std::string name;
  std::uint64_t most{0};
};
/// "cpu=4,gres/gpu=2,mem=8G,node=2"
std::vector<TresLimit> read_tres(std::string_view text);

/// One way in which a person may use the cluster.
struct Association {
  std::string default_account;  ///< the person's, in each of them
  std::string account;
  std::string partition;  ///< empty: all
  std::vector<std::string> qos;
  std::string default_qos;
  std::optional<std::int64_t> most_minutes;
  std::vector<TresLimit> limits;
};
std::vector<std::string> question_for_associations(const std::string& cluster,
                                                   const std::string& user);
std::vector<Association> read_associations(std::string_view sacctmgr);

struct QualityOfService {
  std::string name;
  std::optional<std::int64_t> most_minutes;
  std::vector<TresLimit> limits;
};
std::vector<std::string> question_for_qos();
std::vector<QualityOfService> read_qos(std::string_view sacctmgr);

}  // namespace chainer::run
