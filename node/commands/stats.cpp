#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "core/node_name.hpp"
#include "core/plugin_conf.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/conf_option.hpp"
#include "node/commands/said.hpp"
#include "node/commands/site_store.hpp"
#include "node/stats/node_stats.hpp"

namespace chainer::commands {
namespace {

struct StatsArguments {
  std::string conf{usual_conf};
  bool json{false}, prometheus{false};
};

int show(const StatsArguments& asked) {
  const auto conf = load_named_conf(asked.conf);
  if (!conf) return fail(conf.error());
  auto figures = read_figures(conf->run_dir);
  if (!figures) return fail(figures.error());
  const auto store = look_into_store(*conf);
  if (!store) return fail(store.error());
  const stats::NodeStats stats{name_of_this_node(), *std::move(figures), stats::totals_of(*store)};
  std::cout << (asked.json         ? stats::stats_json(stats)
                : asked.prometheus ? stats::stats_for_prometheus(stats)
                                   : stats::stats_text(stats));
  return 0;
}

}  // namespace

void add_stats(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "stats", "Show what this node's preparations amounted to, and what the store holds");
  const auto arguments = std::make_shared<StatsArguments>();
  add_conf_option(*command, arguments->conf);
  auto* json = command->add_flag("--json", arguments->json, "Print JSON, in one line");
  command
      ->add_flag("--prometheus", arguments->prometheus,
                 "Print metrics for Prometheus, such as for node_exporter's textfile collector")
      ->excludes(json);
  command->callback([arguments, &status] { status = show(*arguments); });
}

}  // namespace chainer::commands
