#include "node/stats/node_stats.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "node/wire/message.hpp"

namespace chainer::stats {
namespace {

constexpr double microseconds_per_second = 1e6;

double seconds_of(std::uint64_t microseconds) {
  return static_cast<double>(microseconds) / microseconds_per_second;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

/// A line of a table: a name, and what it amounts to.
std::string row(const std::string& name, const std::string& amount) {
  constexpr std::size_t width = 16;
  return padded(name, width) + amount + "\n";
}

std::string count(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what);
}

std::string count(std::uint64_t number, std::string_view one, std::string_view several) {
  return count(number, number == 1 ? one : several);
}

std::string preparations_text(const NodeFigures& figures) {
  auto text =
      row("preparations", count(figures.warm, "warm, ") + count(figures.made, "made something, ") +
                              count(figures.failed(), "failed; ") +
                              wire::human_seconds(seconds_of(figures.microseconds)) + " in all");
  if (figures.failed() == 0) return text;
  return text + row("  failures", count(figures.failed_for_user, "of what was asked for, ") +
                                      count(figures.failed_for_node, "of the node or site, ") +
                                      count(figures.failed_for_now, "for the moment"));
}

std::string entries_text(const std::string& kind, const EntryFigures& figures) {
  auto text = row(kind, count(figures.found, "found, ") + count(figures.waited, "waited for, ") +
                            count(figures.made, "made"));
  for (std::size_t i = 0; i < number_of_phases; ++i) {
    const auto& phase = figures.phases.at(i);
    if (phase.times == 0) continue;
    text += row("  " + std::string(phase_name_at(i)),
                count(phase.times, "time, ", "times, ") +
                    wire::human_seconds(seconds_of(phase.microseconds)) +
                    (phase.bytes == 0 ? "" : ", " + wire::human_bytes(phase.bytes)));
  }
  return text;
}

std::string totals_text(const EntryTotals& totals, std::string_view one, std::string_view several) {
  return count(totals.entries, one, several) + " (" + wire::human_bytes(totals.bytes) + ")";
}

std::string store_text(const NodeStats& stats) {
  const auto& store = stats.store;
  const auto& figures = stats.figures.figures;
  return row("evicted", count(figures.evicted_entries, "entry, ", "entries, ") +
                            wire::human_bytes(figures.evicted_bytes)) +
         row("store", totals_text(store.images, "image", "images") + ", " +
                          totals_text(store.environments, "environment", "environments") + "; " +
                          wire::human_bytes(store.bytes) + " of " + wire::human_bytes(store.quota));
}

nlohmann::ordered_json json_of(const EntryFigures& figures) {
  nlohmann::ordered_json phases = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < number_of_phases; ++i) {
    const auto& phase = figures.phases.at(i);
    phases[std::string(phase_name_at(i))] = {{"times", phase.times},
                                             {"seconds", seconds_of(phase.microseconds)},
                                             {"bytes", phase.bytes}};
  }
  return {{"found", figures.found},
          {"waited", figures.waited},
          {"made", figures.made},
          {"phases", phases}};
}

nlohmann::ordered_json json_of(const EntryTotals& totals) {
  return {{"entries", totals.entries}, {"bytes", totals.bytes}};
}

}  // namespace

StoreTotals totals_of(const store::Store& store) {
  const auto usage = store.usage();
  StoreTotals totals;
  totals.bytes = usage.bytes;
  totals.quota = store.limits().quota.bytes();
  for (const auto& stored : usage.entries) {
    auto& kind = is_environment(stored.entry.kind) ? totals.environments : totals.images;
    kind.entries += 1;
    kind.bytes += stored.bytes;
  }
  return totals;
}

std::string stats_text(const NodeStats& stats) {
  const auto& [magic, version, since, figures] = stats.figures;
  const auto begun = since == 0 ? std::string("no preparation yet")
                                : "since " + wire::utc_time(static_cast<std::time_t>(since));
  return row("node", stats.node + ", " + begun) + preparations_text(figures) +
         entries_text("images", figures.images) +
         entries_text("environments", figures.environments) + store_text(stats);
}

std::string stats_json(const NodeStats& stats) {
  const auto& figures = stats.figures.figures;
  nlohmann::ordered_json json{
      {"node", stats.node},
      {"since", stats.figures.since == 0 ? nlohmann::ordered_json()
                                         : nlohmann::ordered_json(wire::utc_time(
                                               static_cast<std::time_t>(stats.figures.since)))},
      {"preparations",
       {{"warm", figures.warm},
        {"made", figures.made},
        {"failed", figures.failed()},
        {"seconds", seconds_of(figures.microseconds)}}},
      {"failures",
       {{"user", figures.failed_for_user},
        {"node", figures.failed_for_node},
        {"try_again", figures.failed_for_now}}},
      {"images", json_of(figures.images)},
      {"environments", json_of(figures.environments)},
      {"evicted", {{"entries", figures.evicted_entries}, {"bytes", figures.evicted_bytes}}},
      {"store",
       {{"images", json_of(stats.store.images)},
        {"environments", json_of(stats.store.environments)},
        {"bytes", stats.store.bytes},
        {"quota", stats.store.quota}}}};
  return json_line(json) + "\n";
}

}  // namespace chainer::stats
