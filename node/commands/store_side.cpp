#include <signal.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/confinement.hpp"
#include "core/fd_io.hpp"
#include "core/plugin_conf.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/conf_option.hpp"
#include "node/commands/said.hpp"
#include "node/commands/side_descriptors.hpp"
#include "node/commands/site_store.hpp"
#include "node/rootless/own_store.hpp"
#include "node/store_side/session.hpp"
#include "node/wire/frame.hpp"
#include "node/wire/message.hpp"

namespace chainer::commands {
namespace {

constexpr int pipe_bytes = 1 << 20;

struct StoreSideArguments {
  std::string conf{usual_conf}, label, kind, suspect;
  std::string own_store;  ///< the folder of an account's own store, used instead of the site's
  uid_t owner{0};
  std::optional<uid_t> curator;
  bool waits_silently{false};
};

void mention_what_was_set_aside(const store::Store& store, std::string_view label) {
  if (store.set_aside().empty()) return;
  say(wire::progress_message(label,
                             "the store was filled by an earlier release, whose entries cannot be "
                             "trusted: they are set aside as " +
                                 store.set_aside() + " until 'chainer-node gc' removes them"));
}

/// How the store is to be kept: as the site's file says, or as an account's own store is kept.
Result<PluginConf> conf_of(const StoreSideArguments& asked) {
  return asked.own_store.empty() ? load_plugin_conf(asked.conf)
                                 : rootless::conf_of_own_store(asked.own_store);
}

/// Like open_store, for a process that will read what strangers sent.
Result<store::Store> open_store_confined(const PluginConf& conf) {
  TRY_ASSIGN(auto store, open_store(conf));
  TRY(confine_stores_side(conf.store_quota.bytes()));
  return store;
}

int tell_root(const StoreVerdict& verdict) {
  const auto bytes = verdict.encode();
  const auto written =
      write_all(verdict_fd, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return verdict.entry && written ? 0 : 1;
}

int serve(const StoreSideArguments& asked) {
  ::signal(SIGPIPE, SIG_IGN);
  wire::enlarge_pipe(data_fd, pipe_bytes);
  const auto conf = conf_of(asked);
  const auto store = conf ? open_store_confined(*conf) : Result<store::Store>(conf.error());
  if (!store) {
    fail(store.error(), asked.label);
    static_cast<void>(wire::FrameWriter(control_fd, wire::Peer::users_side)
                          .write(wire::FrameType::failure, wire::Failure{store.error()}.encode())
                          .has_value());
    return tell_root({wire::outcome_of(store.error().fault), std::nullopt, store.error().what});
  }
  mention_what_was_set_aside(*store, asked.label);
  const auto kind = entry_kind_named(asked.kind);
  const store_side::PreparationOrder order{kind.value_or(EntryKind::manifest), asked.owner,
                                           asked.label, asked.curator, asked.waits_silently};
  store_side::StoreSession session(*store, *conf, order, data_fd, control_fd, say);
  const auto suspect = Digest::parse_hex(asked.suspect);
  return tell_root(
      store_side::serve_preparation(session, suspect ? std::optional(*suspect) : std::nullopt));
}

}  // namespace

void add_store_side(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("store-side", "")->group("");
  const auto arguments = std::make_shared<StoreSideArguments>();
  auto* conf = command->add_option("--conf", arguments->conf, "");
  command->add_option("--own", arguments->own_store, "")->excludes(conf);
  command->add_option("--kind", arguments->kind, "")
      ->required()
      ->check(CLI::IsMember({"manifest", "config", "environment"}));
  command->add_option("--suspect", arguments->suspect, "");
  command->add_option("--owner", arguments->owner, "")->required();
  command->add_option("--curator", arguments->curator, "");
  command->add_option("--label", arguments->label, "")->required();
  command->add_flag("--waits-silently", arguments->waits_silently, "");
  command->callback([arguments, &status] { status = serve(*arguments); });
}

}  // namespace chainer::commands
