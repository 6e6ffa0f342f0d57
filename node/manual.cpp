#include "node/manual.hpp"

#include "core/command_line/command_help.hpp"
#include "core/manual_page.hpp"

namespace chainer {
namespace {

struct NodeExample {
  std::string_view sentence, command;
};

constexpr NodeExample node_examples[] = {
    {"Say what is wrong with this node (as root it sees more):", "chainer-node doctor"},
    {"The same in one line, for HealthCheckProgram of slurm.conf:", "chainer-node doctor --health"},
    {"List the images in the store, and the environments as JSON:",
     "chainer-node images\nchainer-node envs --json"},
    {"Read every entry, and set aside what is damaged (as root):", "chainer-node images verify"},
    {"Make room in the store now (as root):", "chainer-node gc"},
    {"What this node's preparations amounted to, for Prometheus:",
     "chainer-node stats --prometheus"},
    {"What a tag means at this moment:",
     "chainer-node resolve --reference docker://registry.example.org/base:1"},
    {"Which Python and MPI an image holds:",
     "chainer-node inspect --reference docker://registry.example.org/base:1"},
};

}  // namespace

std::string node_manual(const CLI::App& program) {
  const auto commands = describe_commands(program);
  ManualPage page({"chainer-node", 8, "System Manager's Manual",
                   "container images and environments on a node", "node/manual.cpp, by its test"});
  page.section("SYNOPSIS");
  write_usage(page, "chainer-node", commands);
  page.section("DESCRIPTION");
  page.paragraph(
      "chainer-node looks after what spank_chainer(8) keeps on a node and in the site's store, and "
      "answers questions about images. Its command run starts containers for an account without "
      "Slurm and without root.");
  page.paragraph(
      "The plugin starts the same program to prepare an image or an environment: one process as "
      "the job's user, which downloads, and one as the account that owns the store, which verifies "
      "and converts.");
  write_commands(page, commands);
  page.section("FILES");
  page.entry("/etc/chainer/plugin.conf",
             "Where the store is and what it may hold: chainer-plugin.conf(5).");
  page.section("EXIT STATUS");
  page.entry("0", "Done. Of doctor: nothing is wrong.");
  page.entry("1", "Of doctor: something is wrong.");
  page.entry("2", "Wrong usage.");
  page.entry("3", "What was asked for does not exist, or is malformed.");
  page.entry("4", "The node, the store or the network does not do what it should.");
  page.entry("5", "A defect of chainer-node.");
  page.paragraph("Of run: what the program ended with, once it has begun.");
  page.section("EXAMPLES");
  for (const auto& example : node_examples) page.paragraph(example.sentence).lines(example.command);
  page.see_also({"spank_chainer(8)", "chainer-plugin.conf(5)", "chainer-submit(1)"});
  return page.text();
}

}  // namespace chainer
