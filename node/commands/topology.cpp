#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>

#include "node/builder/builder_environment.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/said.hpp"
#include "node/topology/binding_text.hpp"
#include "node/topology/machine_picture.hpp"
#include "node/topology/machine_svg.hpp"
#include "node/topology/topology_question.hpp"

namespace chainer::commands {
namespace {

struct TopologyArguments {
  topology::TopologyQuestion question;
  std::string svg;
  bool json{false};
  bool for_srun{false};
};

/// The tasks of a node would all say the same, so only the first one does.
bool is_a_further_task(const builder::Variables& variables) {
  const auto number = builder::value_of(variables, "SLURM_LOCALID");
  return !number.empty() && number != "0";
}

/// One line: the node's name, and what srun is to be given.
void print_for_srun(const topology::TopologyAnswer& answer, const builder::Variables& variables) {
  const auto slurms_name = builder::value_of(variables, "SLURMD_NODENAME");
  const auto node = slurms_name.empty() ? std::string("localhost") : slurms_name;
  std::cout << node;
  for (const auto& option : topology::srun_options(answer.machine, answer.plan))
    std::cout << ' ' << option;
  std::cout << '\n';
  for (const auto& remark : answer.plan.remarks) say("chainer: node " + node + ": " + remark);
}

int show(const TopologyArguments& asked) {
  const auto variables = builder::variables_from(environ);
  if (asked.for_srun && is_a_further_task(variables)) return 0;
  const auto answer = topology::answer_topology(asked.question, variables);
  if (!answer) return fail(answer.error());
  const auto& [machine, gpus, plan] = *answer;
  if (!asked.svg.empty()) {
    std::ofstream file(asked.svg);
    file << topology::machine_svg(machine, plan, gpus) << std::flush;
    if (!file)
      return fail(Error::from_errno("cannot write " + asked.svg, errno, Fault::user)
                      .with_hint("name a file in a folder that you may write into"));
  }
  if (asked.for_srun) {
    print_for_srun(*answer, variables);
  } else if (asked.json) {
    std::cout << topology::binding_json(machine, plan, gpus);
  } else {
    std::cout << topology::machine_picture(machine, plan, gpus) << '\n'
              << topology::binding_table(machine, plan, gpus);
  }
  return 0;
}

}  // namespace

void add_topology(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "topology", "Show the machine, and which CPUs, memory and GPU each rank would get");
  const auto arguments = std::make_shared<TopologyArguments>();
  auto& question = arguments->question;
  auto* xml = command
                  ->add_option("--xml", question.xml,
                               "The machine that 'lstopo --of xml FILE' wrote down, instead of "
                               "this one")
                  ->type_name("FILE");
  command
      ->add_option("--synthetic", question.synthetic,
                   "A machine as hwloc describes one, such as 'package:2 numa:2 core:8 pu:2'")
      ->type_name("TEXT")
      ->excludes(xml);
  command
      ->add_option("--cpus", question.cpus,
                   "Use only these CPUs, such as 0-7,16; else those that this process may use")
      ->type_name("LIST");
  constexpr unsigned most = 4096;
  command
      ->add_option("--ranks", question.ranks,
                   "How many ranks the node has; else one for each GPU, or each NUMA domain")
      ->type_name("N")
      ->check(CLI::Range(1U, most));
  command
      ->add_option("--gpus", question.gpus,
                   "Use the first M GPUs; else those of the Slurm job, or all without a job")
      ->type_name("M")
      ->check(CLI::Range(0U, most));
  command->add_option("--svg", arguments->svg, "Draw the picture into this file, too")
      ->type_name("FILE");
  auto* json = command->add_flag("--json", arguments->json, "Print JSON, in one line");
  command
      ->add_flag("--srun", arguments->for_srun,
                 "Print the node's name and the options for srun, in one line")
      ->excludes(json);
  command->callback([arguments, &status] { status = show(*arguments); });
}

}  // namespace chainer::commands
