#include <string_view>

#include "node/stats/node_stats.hpp"

namespace chainer::stats {
namespace {

constexpr std::uint64_t microseconds_in_a_second = 1'000'000;

/// Exact, where a double would round large sums.
std::string exact_seconds(std::uint64_t microseconds) {
  const auto fraction =
      std::to_string(microseconds_in_a_second + microseconds % microseconds_in_a_second);
  return std::to_string(microseconds / microseconds_in_a_second) + "." + fraction.substr(1);
}

class PrometheusText {
 public:
  /// Begins a metric: the samples that follow are its own.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP chainer_" + name_ + " " + std::string(help) + "\n# TYPE chainer_" + name_ +
             " " + std::string(type) + "\n";
  }
  /// `labels` as `kind="image"`, or empty.
  void sample(const std::string& labels, const std::string& value) {
    text_ += "chainer_" + name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
  }
  void sample(const std::string& labels, std::uint64_t value) {
    sample(labels, std::to_string(value));
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string name_, text_;
};

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + "\"";
}

void write_preparations(PrometheusText& out, const NodeFigures& figures) {
  out.metric("preparations_total", "counter", "Preparations of steps on this node.");
  out.sample(label("result", "warm"), figures.warm);
  out.sample(label("result", "made"), figures.made);
  out.sample(label("result", "failed"), figures.failed());
  out.metric("preparation_seconds_total", "counter",
             "Time that steps waited for their preparation.");
  out.sample("", exact_seconds(figures.microseconds));
  out.metric("failures_total", "counter", "Failed preparations, by who has to act.");
  out.sample(label("class", "user"), figures.failed_for_user);
  out.sample(label("class", "node"), figures.failed_for_node);
  out.sample(label("class", "try_again"), figures.failed_for_now);
}

struct Kind {
  std::string_view name;
  const EntryFigures& figures;
};

template <typename Each>
void for_each_phase(const Kind& kind, const Each& each) {
  for (std::size_t i = 0; i < number_of_phases; ++i) {
    const auto& phase = kind.figures.phases.at(i);
    if (phase.times == 0) continue;
    each(label("kind", kind.name) + "," + label("phase", phase_name_at(i)), phase);
  }
}

void write_entries(PrometheusText& out, const NodeFigures& figures) {
  const Kind kinds[] = {{"image", figures.images}, {"environment", figures.environments}};
  out.metric("entries_total", "counter",
             "Images and environments that steps asked for, by where they came from.");
  for (const auto& kind : kinds) {
    const auto of = label("kind", kind.name) + ",";
    out.sample(of + label("origin", "found"), kind.figures.found);
    out.sample(of + label("origin", "waited"), kind.figures.waited);
    out.sample(of + label("origin", "made"), kind.figures.made);
  }
  const auto each_phase = [&](auto value) {
    for (const auto& kind : kinds)
      for_each_phase(
          kind, [&](const auto& labels, const auto& phase) { out.sample(labels, value(phase)); });
  };
  out.metric("phases_total", "counter",
             "Phases of the work for them: wait, resolve, download, build, convert.");
  each_phase([](const auto& phase) { return std::to_string(phase.times); });
  out.metric("phase_seconds_total", "counter", "Time in these phases.");
  each_phase([](const auto& phase) { return exact_seconds(phase.microseconds); });
  out.metric("phase_bytes_total", "counter", "Bytes downloaded, or written to the store.");
  each_phase([](const auto& phase) { return std::to_string(phase.bytes); });
}

void write_store(PrometheusText& out, const NodeStats& stats) {
  out.metric("evicted_entries_total", "counter",
             "Entries that this node's preparations evicted from the store.");
  out.sample("", stats.figures.figures.evicted_entries);
  out.metric("evicted_bytes_total", "counter", "Bytes of them.");
  out.sample("", stats.figures.figures.evicted_bytes);
  out.metric("store_entries", "gauge", "Entries in the store.");
  out.sample(label("kind", "image"), stats.store.images.entries);
  out.sample(label("kind", "environment"), stats.store.environments.entries);
  out.metric("store_entry_bytes", "gauge", "Bytes of these entries.");
  out.sample(label("kind", "image"), stats.store.images.bytes);
  out.sample(label("kind", "environment"), stats.store.environments.bytes);
  out.metric("store_bytes", "gauge", "Bytes of all files in the store.");
  out.sample("", stats.store.bytes);
  out.metric("store_quota_bytes", "gauge", "What the store may hold.");
  out.sample("", stats.store.quota);
}

}  // namespace

std::string stats_for_prometheus(const NodeStats& stats) {
  PrometheusText out;
  write_preparations(out, stats.figures.figures);
  write_entries(out, stats.figures.figures);
  write_store(out, stats);
  return std::move(out).text();
}

}  // namespace chainer::stats
