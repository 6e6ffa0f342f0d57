#include "submit/run/sbatch.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace chainer::run {
namespace {

constexpr int highest_signal = 64;  // sbatch ends with 255, too

/// Errors of Slurm that say only that no answer came: the job may have been made all the same.
constexpr std::string_view lost_answers[] = {
    "Socket timed out",
    "Unable to contact slurm controller",
    "Zero Bytes were transmitted",
    "Connection timed out",
    "Connection reset",
    "Transport endpoint is not connected",
    "Unexpected message",
    "Message receive failure",
    "Message send failure",
    "communication connection failure",
    "Interrupted system call",
    "Unspecified error",
};

std::string_view trimmed_end(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The number in a line that is `JOB` or `JOB;CLUSTER`, else nothing.
std::string_view number_in(std::string_view line) {
  line = trimmed_end(line);
  const auto number = line.substr(0, line.find(';'));
  const bool is_number = !number.empty() && number.find_first_not_of("0123456789") == number.npos;
  return is_number && number[0] != '0' ? number : std::string_view{};
}

std::string_view last_number(std::string_view text) {
  std::string_view found;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    if (const auto number = number_in(text.substr(from, end - from)); !number.empty()) {
      found = number;
    }
    from = end + 1;
  }
  return found;
}

}  // namespace

bool is_lost_answer(std::string_view errors) {
  return std::ranges::any_of(lost_answers, [&](std::string_view phrase) {
    return errors.find(phrase) != std::string_view::npos;
  });
}

std::string start_in_test(std::string_view said) {
  constexpr std::string_view head = " to start at ", nodes = " on nodes ";
  const auto time = said.find(head);
  const auto place = said.find(nodes);
  if (time == said.npos || place == said.npos) return {};
  const auto word_at = [&](std::size_t at) {
    const auto rest = said.substr(at);
    return rest.substr(0, rest.find_first_of(" \n"));
  };
  return fmt::format("{} on {}", word_at(time + head.size()), word_at(place + nodes.size()));
}

bool is_far_off(std::string_view start, std::time_t now) {
  constexpr std::time_t nearly_a_year = 360 * 24 * 3600;
  const auto then = now + nearly_a_year;
  std::tm local{};
  ::localtime_r(&then, &local);
  // Dates are sorted as their texts are. A shell may ask Slurm for another form (SLURM_TIME_FORMAT).
  const bool is_date = start.size() > 4 && start[4] == '-';
  return is_date && start > fmt::format("{:%Y-%m-%d}", local);
}

SbatchAnswer read_sbatch(const Finished& finished) {
  const auto out = trimmed_end(finished.out);
  const auto said = trimmed_end(finished.err);
  const bool is_one_line = out.find('\n') == std::string_view::npos;
  const std::string job(last_number(out));
  if (finished.code == 0 && is_one_line && !job.empty()) return Accepted{job, std::string(said)};
  if (finished.code > 128 && finished.code <= 128 + highest_signal) {
    return Unclear{fmt::format("sbatch was ended by signal {}", finished.code - 128), job};
  }
  if (finished.code == 0) return Unclear{fmt::format("sbatch wrote '{}'", out), job};
  if (!job.empty() || is_lost_answer(said)) return Unclear{std::string(said), job};
  return Refused{said.empty() ? fmt::format("sbatch ended with {}", finished.code)
                              : std::string(said)};
}

}  // namespace chainer::run
