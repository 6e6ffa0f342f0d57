#include "submit/follow/run_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/printable.hpp"
#include "core/text_file.hpp"

namespace chainer::follow {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} ? std::optional(value) : std::nullopt;
}

/// Takes the first word and the blank behind it off `text`.
std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

void apply_line(std::string_view line, RunRecord& record) {
  const auto event = take_word(line);
  const auto time = number<std::int64_t>(take_word(line));
  if (event == "start") {
    record.start = time;
    record.nodes = printable(line);
  } else if (event == "element") {
    record.element = number<int>(line);
  } else if (event == "prepared") {
    record.preparation = number<int>(line);
  } else if (event == "run") {
    record.run = time;
    record.rank_count = number<int>(line);
  } else if (event == "signal") {
    record.terminated = true;
  } else if (event == "first_failure") {
    record.first_failure = number<int>(take_word(line));
    take_word(line);  // its code is in its own line
    record.first_failure_node = printable(take_word(line));
    record.full_folder = printable(line);
  } else if (event == "rank") {
    const auto rank = number<int>(take_word(line));
    const auto code = number<int>(line);
    if (rank && code) record.ranks[*rank] = *code;
  } else if (event == "end") {
    record.end = time;
    record.status = number<int>(line);
  }
}

}  // namespace

RunRecord parse_record(std::string_view text) {
  RunRecord record;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    apply_line(text.substr(0, end), record);
    text.remove_prefix(end + 1);
  }
  return record;
}

bool RunRecord::all_ranks_said_zero() const {
  const auto wanted = static_cast<std::size_t>(rank_count.value_or(1));
  return status == 0 && ranks.size() >= wanted &&
         std::ranges::all_of(ranks, [](const auto& rank) { return rank.second == 0; });
}

Attempt read_newest_attempt(const std::string& attempts, const std::string& job) {
  int newest = -1;
  std::error_code unreadable;  // then the job has not started
  for (const auto& entry : std::filesystem::directory_iterator(attempts, unreadable)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(job + ".")) continue;
    newest =
        std::max(newest, number<int>(std::string_view(name).substr(job.size() + 1)).value_or(-1));
  }
  if (newest < 0) return {};
  const auto text = read_text_file(fmt::format("{}/{}.{}/record", attempts, job, newest));
  return {newest, text ? parse_record(*text) : RunRecord{}};
}

std::string describe_ranks(const RunRecord& record) {
  const auto count = record.ranks.size();
  return fmt::format("{} {} on {}", count, count == 1 ? "rank" : "ranks", record.nodes);
}

}  // namespace chainer::follow
