#include "spank_plugin/entrypoint.hpp"

#include "core/container/entrypoint.hpp"
#include "core/container/image_environment.hpp"
#include "core/container/mount_tree.hpp"
#include "core/container/path_text.hpp"
#include "spank_plugin/program.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {
namespace {

Error not_noted() {
  return {
      "cannot start the image's entrypoint: the store has the image as an earlier version of "
      "chainer-submit filed it, without its entrypoint",
      "leave --chainer-entrypoint out, or ask an administrator to remove the image's entry from "
      "the store: the next step makes it anew",
      0, Fault::user};
}

}  // namespace

Result<Bind> bind_entrypoint_program(const std::string& helper) {
  const auto path = parent_of(helper) + "/chainer-entrypoint";
  const auto found = open_site_path(path);
  if (found.verdict != SitePath::Verdict::opened || found.is_folder) {
    return Error::from_errno("cannot find " + path, found.error_number)
        .with_hint("an administrator must install it beside chainer-node, writable by root alone");
  }
  TRY_ASSIGN(auto tree, clone_tree(found.place.get(), read_only(nosuid_nodev())));
  return Bind{std::move(tree), Bind::Kind::file, entrypoint_program};
}

Result<void> put_entrypoint_before(char** command, const TaskEnvironment& environment) {
  if (command == nullptr || command[0] == nullptr) return {};
  TRY_ASSIGN(const auto image, read_environment_conf(image_conf_path));
  if (!image.entrypoint) return not_noted();
  if (image.entrypoint->empty()) return {};
  TRY(check_program(*image.entrypoint, environment.get("PATH").value_or("")));
  environment.set(command_variable, command[0]);
  static std::string program = entrypoint_program;  // until the task has its program
  command[0] = program.data();
  return {};
}

}  // namespace chainer
