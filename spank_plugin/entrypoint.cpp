#include "spank_plugin/entrypoint.hpp"

#include "core/container/entrypoint.hpp"
#include "core/container/image_environment.hpp"
#include "spank_plugin/own_program.hpp"
#include "spank_plugin/program.hpp"

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
  TRY_ASSIGN(auto tree, mount_program(program_beside(helper, "chainer-entrypoint")));
  return Bind{std::move(tree), Bind::Kind::file, entrypoint_program};
}

Result<void> put_entrypoint_before(char** command, const TaskEnvironment& environment) {
  if (command == nullptr || command[0] == nullptr) return {};
  TRY_ASSIGN(const auto image, read_environment_conf(image_conf_path));
  if (!image.entrypoint) return not_noted();
  if (image.entrypoint->empty()) return {};
  TRY(check_program(*image.entrypoint, environment.get("PATH").value_or("")));
  environment.set(command_variable, command[0]);
  put_in_place_of(command, entrypoint_program);
  return {};
}

}  // namespace chainer
