// The one line that says why a job failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "submit/follow/run_record.hpp"
#include "submit/run/queue.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::follow {

/// What the run was given, with the words of the keys that set it; zero and empty: nothing was
/// asked.
struct RunLimits {
  std::int64_t minutes{0};
  std::uint64_t memory_mib{0};
  std::uint64_t shm_bytes{0};
};

/// From the run's plan.json; what it does not say is nothing.
RunLimits read_run_limits(const run::RunFolder& folder);

/// All that is known of a job that failed.
struct Failure {
  std::string job;
  std::string state;  ///< Slurm's last word; empty when it has none
  bool is_forgotten{false};
  RunRecord record;
  RunLimits limits;
  std::string log_end;               ///< the last part of the job's log
  std::string rank_end;              ///< that of what first_rank_of wrote, where that is kept
  std::string preparation_end;       ///< the last part of the preparation's
  std::string log, preparation_log;  ///< their paths
  std::string full_folder{};         ///< the run's folder when there is no room left in it
  bool is_local{false};              ///< it ran on this machine, without Slurm
};

/// The rank that failed before the others, as far as the record and the log tell.
std::optional<int> first_rank_of(const RunRecord& record, std::string_view log_end);

/// Who failed first, on which node, how, in words; the exception; the limit that was met and the
/// key that sets it; where the log is. One line.
std::string verdict(const Failure& failure);

/// "of SIGSEGV, a segmentation fault", or "with exit code 3".
std::string explain_code(int code);

/// The last line of the first traceback in `log`, with those that it led to; empty without one.
std::string exception_in(std::string_view log);

/// That of the last traceback: in what one rank wrote, the others are of exceptions that it caught.
std::string last_exception_in(std::string_view log);

}  // namespace chainer::follow
