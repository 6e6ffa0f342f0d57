#include "node/rootless/run.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "core/owners_rights.hpp"
#include "node/builder/builder_environment.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/said.hpp"

namespace chainer::commands {
namespace {

/// The builders' folder beside this program, where they are installed.
std::string tools_beside_this_program() {
  std::error_code unreadable;
  return (std::filesystem::read_symlink("/proc/self/exe", unreadable).parent_path() / "tools")
      .string();
}

int run_program(rootless::RunOptions options) {
  if (options.tools.empty()) options.tools = tools_beside_this_program();
  const auto request = rootless::RunRequest::parse(options);
  if (!request) return fail(request.error());
  keep_owners_rights();
  const auto code = rootless::run(*request, builder::variables_from(environ), say);
  return code ? *code : fail_unless_told(code.error());
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto* run = app.add_subcommand("run", "Run a program in a container, without Slurm and root");
  const auto options = std::make_shared<rootless::RunOptions>();
  run->add_option(
         "--image", options->image,
         "Run the program in this image: a registry reference, oci:DIR[:TAG], "
         "oci-archive:FILE, docker-archive:FILE, docker-daemon:REF, or the path of a SIF or "
         "squashfs file or of a folder")
      ->required()
      ->type_name("REF");
  run->add_option(
         "--env", options->env,
         "Give it this Python environment, from a requirements.txt, an environment.yml or a "
         "lock")
      ->type_name("FILE");
  run->add_option("--shm-size", options->shm_size, "Size of its /dev/shm, such as 512m or 16g")
      ->type_name("SIZE");
  run->add_option("--mount", options->mounts,
                  "Show SRC as DST in the container; add :ro to forbid writing; tmpfs:DST is an "
                  "empty folder in memory; may be repeated")
      ->type_name("SRC[:DST]")
      ->allow_extra_args(false);
  run->add_option("--workdir", options->workdir, "Start it in this directory of the container")
      ->type_name("DIR");
  run->add_flag("--writable", options->writable,
                "Let it write into the container; what it writes is in memory and gone with it");
  run->add_option("--keep", options->keep,
                  "Keep the value of these variables where the image sets its own, commas between "
                  "them")
      ->type_name("NAMES");
  run->add_option("--auth", options->auth,
                  "Log in to the registry with this file, in the form of docker's auth.json")
      ->type_name("FILE");
  run->add_flag("--prepare", options->prepare, "Prepare image and environment, and run no program");
  run->add_flag("--unpack", options->unpack,
                "Unpack the image instead of mounting it with squashfuse")
      ->envname("CHAINER_SUBMIT_UNPACK");
  run->add_option("--tools", options->tools,
                  "Folder of the builders of environments; else 'tools' beside this program")
      ->envname("CHAINER_SUBMIT_TOOLS")
      ->type_name("DIR");
  run->add_option("program", options->command, "The program and its arguments, behind --");
  run->callback([options, &status] { status = run_program(*options); });
}

}  // namespace chainer::commands
