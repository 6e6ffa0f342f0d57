#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/child_end.hpp"
#include "core/job_layers.hpp"
#include "core/plugin_conf.hpp"
#include "core/unique_fd.hpp"
#include "core/warm_slots.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/conf_option.hpp"
#include "node/commands/said.hpp"
#include "node/commands/site_store.hpp"
#include "node/doctor/layer_health.hpp"
#include "node/wire/message.hpp"

namespace chainer::commands {
namespace {

int collect_garbage(const PluginConf& conf) {
  const auto store = open_store(conf);
  if (!store) return fail(store.error());
  store->collect_garbage();
  const auto restored = store::StoreRoom::restore_reserve(*store);
  return restored ? 0 : fail(restored.error());
}

/// Unmounts what this node keeps mounted of entries that have left the store: only then is their
/// disk space free.
void drop_departed_mounts(const PluginConf& conf) {
  const auto slots = WarmSlots::existing(conf.run_dir);
  if (!slots || !*slots) return;
  for (const auto& slot : (*slots)->list()) {
    const auto path = conf.store + "/" + slot.entry;
    const UniqueFd entry(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!entry || EntryIdentity::of(entry.get()) != slot.identity) (*slots)->drop(slot.number);
  }
}

/// Layers of jobs that ended while slurmd was not there to remove them.
void drop_layers_of_ended_jobs(const PluginConf& conf) {
  for (const auto job : doctor::ended_jobs_with_layers(conf)) {
    if (const auto removed = remove_layers(conf.run_dir, job); !removed)
      (void)fail(removed.error());
  }
}

/// Mounts belong to root and the store to its account, so a process of each does its part.
int gc(const std::string& conf_path) {
  const auto conf = load_named_conf(conf_path);
  if (!conf) return fail(conf.error());
  if (::geteuid() != 0) return collect_garbage(*conf);
  const pid_t collector = ::fork();
  if (collector < 0) return fail(Error::from_errno("cannot start a process", errno));
  if (collector == 0) ::_exit(collect_garbage(*conf));
  const int status = wait_for_end(collector);
  drop_departed_mounts(*conf);
  drop_layers_of_ended_jobs(*conf);
  return WIFEXITED(status) ? WEXITSTATUS(status) : wire::exit_code_of(Fault::defect);
}

}  // namespace

void add_gc(CLI::App& app, int& status) {
  auto* command =
      app.add_subcommand("gc", "Bring the site's store under its quota, oldest entries first");
  const auto conf = std::make_shared<std::string>(usual_conf);
  add_conf_option(*command, *conf);
  command->callback([conf, &status] { status = gc(*conf); });
}

}  // namespace chainer::commands
