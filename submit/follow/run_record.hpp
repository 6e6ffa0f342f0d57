// What a job's script wrote about itself: right even where accounting is off.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chainer::follow {

/// The events of one attempt, in the words of templates/job.bash. Times are seconds since 1970.
struct RunRecord {
  std::string nodes;
  std::optional<int> element;  ///< its place in the job's array
  std::optional<std::int64_t> start, run, end;
  std::optional<int> preparation;  ///< its exit code
  std::optional<int> status;       ///< the script's exit code
  std::map<int, int> ranks;        ///< exit code by rank; a rank that was killed has none
  std::optional<int> rank_count;   ///< how many there are to be; missing before they start
  std::optional<int> first_failure;
  std::string first_failure_node;
  std::string full_folder;  ///< a folder without room, as the rank that failed first saw it there
  bool terminated{false};   ///< the script got SIGTERM

  /// Whether every rank ended with 0, and the script after them.
  bool all_ranks_said_zero() const;
  bool has_ended() const { return end.has_value(); }
};

/// Reads as much of a record as is written; a last line without its end does not count yet.
RunRecord parse_record(std::string_view text);

/// An attempt at a job: a job that is queued again starts a new one.
struct Attempt {
  int number{-1};  ///< -1: none has started
  RunRecord record;
};

/// A job's newest attempt.
Attempt read_newest_attempt(const std::string& attempts, const std::string& job);

/// "4 ranks on n[1-2]".
std::string describe_ranks(const RunRecord& record);

}  // namespace chainer::follow
