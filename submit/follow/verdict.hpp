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

/// What the run was given, and the keys that set it; zero and empty: nothing was asked for.
struct RunLimits {
  std::int64_t minutes{0};
  std::uint64_t memory_mib{0};
  std::uint64_t shm_bytes{0};
};

/// Read from the run's plan.json; what it does not say stays empty.
RunLimits read_run_limits(const run::RunFolder& folder);

/// Everything that is known about a job that failed.
struct Failure {
  std::string job;
  std::string state;  ///< Slurm's last word; empty when it has none
  bool is_forgotten{false};
  RunRecord record;
  RunLimits limits;
  std::string log_end;               ///< the last part of the job's log
  std::string rank_end;              ///< the same of first_rank_of's own log, where there is one
  std::string preparation_end;       ///< the last part of the preparation's
  std::string log, preparation_log;  ///< their paths
  std::string full_folder{};         ///< the run's folder when there is no room left in it
  std::string lost_folder{};         ///< the run's folder when it is no longer there
  bool is_local{false};              ///< it ran on this machine, without Slurm
  bool left_queue{false};            ///< an array's element, which Slurm forgot while it waited
};

/// The rank that failed before the others, as far as the record and the log tell.
std::optional<int> first_rank_of(const RunRecord& record, std::string_view log_end);

/// One line: who failed first, on which node and how, in words; the exception; the limit that was
/// met and the key that sets it; where the log is.
std::string verdict(const Failure& failure);

/// "of SIGSEGV, a segmentation fault", or "with exit code 3".
std::string explain_code(int code);

/// The last line of the first traceback in `log`, with the exceptions it led to; empty when there
/// is none.
std::string exception_in(std::string_view log);

/// The same for the last traceback: in what one rank wrote, earlier ones are exceptions that it
/// caught.
std::string last_exception_in(std::string_view log);

}  // namespace chainer::follow
