#include "node/doctor/doctor.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "core/beside_this_program.hpp"
#include "node/commands/commands.hpp"

namespace chainer::commands {
namespace {

struct DoctorArguments {
  doctor::NodeOrder order;
  bool json{false};
};

/// Colours are for a person at a terminal (no-color.org: any value but an empty one turns them
/// off).
Colour colour_of_output() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool is_unwanted = no_colour != nullptr && *no_colour != '\0';
  return ::isatty(STDOUT_FILENO) != 0 && !is_unwanted ? Colour::on : Colour::off;
}

int examine(const DoctorArguments& asked) {
  const auto report = doctor::examine_node(asked.order);
  if (asked.order.depth == doctor::Depth::quick) {
    const auto reason = doctor::reason_to_drain(report);
    if (!reason.empty()) std::cout << reason << '\n';
    return reason.empty() ? 0 : 1;
  }
  std::cout << (asked.json ? doctor::node_json(report)
                           : doctor::node_text(report, colour_of_output()));
  return has_problem(report.findings) ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "doctor", "Say what is wrong with this node, and what to do (as root it sees more)");
  const auto arguments = std::make_shared<DoctorArguments>();
  command
      ->add_option("--conf", arguments->order.conf,
                   "The plugin's configuration file; else the one that plugstack.conf names")
      ->type_name("FILE");
  command
      ->add_option("--image", arguments->order.images,
                   "Ask its registry for this image; may be repeated")
      ->type_name("REF")
      ->allow_extra_args(false);
  command
      ->add_option("--folder", arguments->order.folders,
                   "See whether this account can write in this folder; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  auto* gpu = command->add_flag_callback(
      "--gpu",
      [arguments] {
        arguments->order.gpu_probe =
            find_beside_this_program("chainer-gpu-probe", {"", "../gpu_probe"});
      },
      "Also measure this node's GPUs, outside of a container: some seconds for each");
  auto* json = command->add_flag("--json", arguments->json, "Print JSON, in one line");
  command
      ->add_flag_callback(
          "--health", [arguments] { arguments->order.depth = doctor::Depth::quick; },
          "Look only at what decides whether jobs may run here, start no program, and print "
          "nothing but the reason why not, in one line")
      ->excludes(json)
      ->excludes(gpu);
  command->callback([arguments, &status] { status = examine(*arguments); });
}

}  // namespace chainer::commands
