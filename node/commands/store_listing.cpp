// `images` and `envs`.
#include <pwd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "core/environment_files.hpp"
#include "core/plugin_conf.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/conf_option.hpp"
#include "node/commands/said.hpp"
#include "node/commands/site_store.hpp"
#include "node/store/entry_seal.hpp"
#include "node/store_side/listing.hpp"
#include "node/user_side/curated_build.hpp"
#include "node/wire/message.hpp"

namespace chainer::commands {
namespace {

struct ListArguments {
  std::string conf{usual_conf};
  bool json{false};
};

struct BuildArguments {
  std::string conf{usual_conf}, reference, file;
  std::vector<std::string> srun_options;
};

/// The curator's uid; nothing where the site has none, or this machine does not know the account.
std::optional<uid_t> curator_of(const PluginConf& conf) {
  const passwd* account = conf.curator.empty() ? nullptr : ::getpwnam(conf.curator.c_str());
  return account == nullptr ? std::nullopt : std::optional(account->pw_uid);
}

/// Lists what the caller may see: everybody the public entries, root and the store's account all.
int list(const ListArguments& asked, store_side::Listed listed) {
  const auto conf = load_named_conf(asked.conf);
  if (!conf) return fail(conf.error());
  const auto store = look_into_store(*conf);
  if (!store) return fail(store.error());
  const auto curator = curator_of(*conf);
  std::cout << (asked.json ? store_side::listing_json(*store, listed, curator)
                           : store_side::listing_text(*store, listed, curator));
  return 0;
}

int build_curated(const BuildArguments& asked) {
  const auto conf = load_named_conf(asked.conf);
  if (!conf) return fail(conf.error());
  const auto file = std::filesystem::absolute(asked.file).string();
  const auto code =
      user_side::build_curated({conf->curator, asked.reference, file, asked.srun_options});
  if (!code) return fail(code.error());
  const auto lock = file.ends_with(lock_suffix) ? file : file + std::string(lock_suffix);
  if (*code == 0) say("chainer: whoever gives " + lock + " has this environment now");
  return *code;
}

/// Reads every entry. What is damaged is set aside, so that the next job that wants it makes it
/// anew.
int verify(const std::string& conf_path) {
  const auto conf = load_named_conf(conf_path);
  if (!conf) return fail(conf.error());
  const auto store = open_store(*conf);
  if (!store) return fail(store.error());
  std::size_t checked = 0;
  std::size_t damaged = 0;
  for (const auto& stored : store->list()) {
    const auto file = store->open_entry(stored.entry);
    if (!file) return fail(file.error());
    if (!*file) continue;  // evicted meanwhile
    ++checked;
    const auto sound = store::verify_entry((*file)->get());
    if (sound) continue;
    ++damaged;
    const auto place = store->set_aside(stored.entry);
    if (!place) return fail(place.error());
    say("chainer: " + stored.entry.path() + ": " + sound.error().what + "; it is set aside as " +
        *place);
  }
  std::cout << checked << " entries read, " << damaged << " damaged\n";
  return damaged == 0 ? 0 : wire::exit_code_of(Fault::node);
}

CLI::App* add_list(CLI::App& app, const char* name, const char* what,
                   const std::shared_ptr<ListArguments>& arguments) {
  auto* command = app.add_subcommand(name, what);
  add_conf_option(*command, arguments->conf);
  command->add_flag("--json", arguments->json, "Print JSON");
  return command;
}

}  // namespace

void add_images(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<ListArguments>();
  auto* images = add_list(app, "images", "List the images in the site's store", arguments);
  auto* verifying = images->add_subcommand(
      "verify", "Read every entry of the store, and set aside what is damaged (as root)");
  add_conf_option(*verifying, arguments->conf);
  verifying->callback([arguments, &status] { status = verify(arguments->conf); });
  images->callback([arguments, verifying, &status] {
    if (!verifying->parsed()) status = list(*arguments, store_side::Listed::images);
  });
}

void add_envs(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<ListArguments>();
  auto* envs = add_list(app, "envs", "List the environments in the site's store", arguments);
  const auto wanted = std::make_shared<BuildArguments>();
  auto* build = envs->add_subcommand(
      "build", "Have a node build an environment for everybody (as root or the curator)");
  add_conf_option(*build, wanted->conf);
  build->add_option("--image", wanted->reference, "The image that it is for")
      ->required()
      ->type_name("REF");
  build
      ->add_option("--env", wanted->file,
                   "A requirements.txt or a lock, on a file system that the nodes see; the lock is "
                   "written beside it")
      ->required()
      ->type_name("FILE");
  build->add_option("srun", wanted->srun_options,
                    "Options for srun, behind --, such as a partition");
  build->callback([wanted, &status] { status = build_curated(*wanted); });
  envs->callback([arguments, build, &status] {
    if (!build->parsed()) status = list(*arguments, store_side::Listed::environments);
  });
}

}  // namespace chainer::commands
