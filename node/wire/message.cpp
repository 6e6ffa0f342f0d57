#include "node/wire/message.hpp"

#include <array>
#include <cstdio>

#include "core/name_list.hpp"
#include "core/printable.hpp"

namespace chainer::wire {
namespace {

struct Unit {
  double size;
  const char* name;
};

Unit unit_for(std::uint64_t bytes) {
  constexpr std::array units{Unit{1e12, "TB"}, Unit{1e9, "GB"}, Unit{1e6, "MB"}, Unit{1e3, "kB"}};
  for (const auto& unit : units) {
    if (static_cast<double>(bytes) >= unit.size) return unit;
  }
  return {1, "bytes"};
}

/// One decimal where it tells something: 1.2 GB, 34 MB.
std::string in_unit(std::uint64_t bytes, const Unit& unit) {
  const double value = static_cast<double>(bytes) / unit.size;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 10 && unit.size > 1 ? "%.1f" : "%.0f", value);
  return text.data();
}

}  // namespace

std::string progress_message(std::string_view label, std::string_view text) {
  const auto node = label.substr(0, label.find(','));
  std::string line = "chainer: ";
  if (!node.empty()) line += std::string(node) + ": ";
  line += printable(text);
  return line;
}

std::string_view step_of(std::string_view label) {
  constexpr std::string_view before_step = ", ";
  const auto comma = label.find(before_step);
  return comma == std::string_view::npos ? "" : label.substr(comma + before_step.size());
}

bool are_of_one_step(std::string_view label, std::string_view other) {
  return !step_of(label).empty() && step_of(label) == step_of(other);
}

std::string human_bytes(std::uint64_t bytes) {
  const Unit unit = unit_for(bytes);
  return in_unit(bytes, unit) + " " + unit.name;
}

std::string human_progress(std::uint64_t done, std::uint64_t total) {
  if (total == 0) return human_bytes(done);
  const Unit unit = unit_for(total);
  return in_unit(done, unit) + " of " + in_unit(total, unit) + " " + unit.name;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string utc_time(std::time_t seconds) {
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string human_seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  return text.data();
}

std::string human_phases(const std::vector<PhaseTime>& phases) {
  std::string text;
  for (const auto& [phase, seconds, bytes] : phases) {
    append_name(text, std::string(name_of(phase)) + " " + human_seconds(seconds));
  }
  return text;
}

Outcome outcome_of(Fault fault) {
  switch (fault) {
    case Fault::user: return Outcome::user_fault;
    case Fault::try_again: return Outcome::try_again;
    case Fault::node:
    case Fault::defect: break;
  }
  return Outcome::node_fault;
}

int exit_code_of(Fault fault) {
  switch (fault) {
    case Fault::user: return 3;
    case Fault::try_again:
    case Fault::node: return 4;
    case Fault::defect: break;
  }
  return 5;
}

}  // namespace chainer::wire
