#include "spank_plugin/manual.hpp"

#include "core/environment_files.hpp"
#include "core/manual_page.hpp"
#include "core/plugin_conf.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/request.hpp"

namespace chainer {
namespace {

constexpr std::string_view page_origin = "spank_plugin/manual.cpp, by its test";

std::string_view needs_in_words(const OptionSpec& spec) {
  switch (spec.needs) {
    case Needs::nothing: return "";
    case Needs::image:
      return fits_attach(spec.option) ? "Needs an image, or --chainer-attach." : "Needs an image.";
    case Needs::image_or_size: return "Needs an image or --chainer-shm-size.";
  }
  return "";
}

/// The help's sentence begins with a small letter and has no full stop.
std::string whole_sentence(std::string_view help) {
  std::string sentence(help);
  if (sentence[0] >= 'a' && sentence[0] <= 'z')
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence + ".";
}

std::string value_as_written(const OptionSpec& spec) {
  if (spec.is_flag()) return "[=yes|no]";
  const std::string value = "=" + std::string(spec.argument);
  return spec.alone == nullptr ? value : "[" + value + "]";
}

void write_options(ManualPage& page) {
  page.section("OPTIONS");
  page.paragraph(
      "Of srun, sbatch and salloc. What sbatch and salloc are given, in #SBATCH lines too, is the "
      "default of the job's steps; the batch script itself stays on the host. Each variable says "
      "the same as its option.");
  for (const auto& spec : option_specs) {
    page.option("--" + std::string(spec.name), value_as_written(spec), whole_sentence(spec.help));
    if (const auto needs = needs_in_words(spec); !needs.empty()) page.detail(needs);
    page.detail("Variable: " + std::string(spec.variable) + ".");
  }
  page.paragraph(
      "A command's own options win over those of its job, and these over variables. Several "
      "--chainer-mount add up, those of a step to those of its job too. no takes a flag back, none "
      "any other option; a file of that name is ./none. An empty value is an error.");
}

void write_environment_files(ManualPage& page) {
  page.section("ENVIRONMENT FILES");
  page.paragraph(
      "--chainer-env=FILE gives a step the packages that FILE asks for, at /opt/chainer/env, "
      "before "
      "the image's own Python on the PATH. It is resolved and built inside of the image, once, as "
      "the job's user; the next step with the same file finds it. What FILE is, its name says:");
  page.entry("*.yml, *.yaml",
             "What conda env create reads: channels, dependencies, a list of pip's below pip, and "
             "variables, which each step that uses the environment gets.");
  page.entry("*" + std::string(lock_suffix),
             "A lock that an earlier step wrote: the same environment again.");
  page.entry("any other name",
             "Requirements as pip reads them, with the files that -r and -c name.");
  page.paragraph("Files beside FILE belong to it:");
  for (const auto& file : files_beside_environment)
    page.entry("FILE" + std::string(file.suffix), file.sentence);
  page.paragraph(
      "Chainer is installed from its source, and needs a setuptools below 70 for that and when it "
      "is imported: it stands in the requirements and in the build constraints. chainer-submit "
      "render FILE --output DIR writes both files, in DIR/environment.");
}

void write_variables(ManualPage& page) {
  page.section("ENVIRONMENT");
  page.paragraph("Tasks in a container find");
  page.entry("CHAINER_SUBMIT_CONTAINER",
             "The image that they run in. It is not there on the host.");
  page.entry("VIRTUAL_ENV", "The environment's folder, with --chainer-env.");
  page.paragraph("and the command of a step with --chainer-prepare");
  page.entry("CHAINER_SUBMIT_PREPARED",
             "What the preparation took on its node: JSON lines with the members node, step, what, "
             "phase, seconds, bytes and cache_hit.");
}

void write_examples(ManualPage& page) {
  const std::string image = "--chainer-image=docker://registry.example.org/base:1";
  page.section("EXAMPLES");
  page.paragraph("A program of the image, with /dev/shm as large as it needs:");
  page.lines("srun " + image + " --chainer-shm-size=64m df -h /dev/shm");
  page.paragraph("/dev/shm of that size without a container:");
  page.lines("srun --chainer-shm-size=64m df -h /dev/shm");
  page.paragraph("MPI over two nodes, with the image's Open MPI and the cluster's PMIx:");
  page.lines("srun -N2 -n4 --mpi=pmix " + image + " env");
  page.paragraph("A folder of the host as /data, read-only:");
  page.lines("srun " + image + " --chainer-mount=$HOME:/data:ro ls /data");
  page.paragraph("Packages, of which some are built with an older setuptools:");
  page.lines(
      "echo 'six==1.16.0' >requirements.txt\n"
      "echo 'setuptools<70' >requirements.txt" +
      std::string(build_constraints_suffix) + "\nsrun " + image +
      " --chainer-env=requirements.txt python3 -c 'import six'");
  page.paragraph("A batch script whose steps run in the image:");
  page.lines(
      "cat >train.sbatch <<'END'\n"
      "#!/bin/bash\n"
      "#SBATCH --nodes=2\n"
      "#SBATCH " +
      image +
      "\n"
      "srun --chainer-prepare true\n"
      "srun printenv CHAINER_SUBMIT_CONTAINER\n"
      "END\n"
      "sbatch --wait train.sbatch");
}

void write_conf_keys(ManualPage& page) {
  page.section("KEYS");
  for (const auto& key : plugin_conf_keys()) {
    page.option(key.name, key.value, key.sentence);
    if (!key.fallback.empty()) page.detail("Default: " + std::string(key.fallback) + ".");
  }
}

}  // namespace

std::string plugin_manual() {
  ManualPage page({"spank_chainer", 8, "System Manager's Manual",
                   "container images and environments for the steps of Slurm jobs", page_origin});
  page.section("SYNOPSIS");
  page.usage("srun", {"--chainer-image=REF", "[OPTION...]", "PROGRAM", "[ARGUMENT...]"});
  page.usage("required spank_chainer.so", {"[conf=FILE]"});
  page.usage("optional spank_chainer_epilog.so", {"[conf=FILE]"});
  page.section("DESCRIPTION");
  page.paragraph(
      "A SPANK plugin for Slurm that prepares the container image, the environment of pip's or "
      "conda's packages and a /dev/shm of the asked size on every node of a step, before its tasks "
      "start. The second line is the one of plugstack.conf, on every node, login nodes too. A step "
      "that uses none of the options is left alone.");
  page.paragraph(
      "The third line is for nodes of a site that offers layers (--chainer-layer, layer_size in "
      "plugin.conf): it has slurmd remove a job's layers when the job ends. slurmd reads "
      "plugstack.conf when it starts.");
  page.paragraph(
      "Tasks stay who they are, and may gain no rights in the container. A step whose container "
      "cannot be prepared never runs on the host instead: it ends with exit code 1, and the "
      "message says whose turn it is.");
  write_options(page);
  write_environment_files(page);
  write_variables(page);
  page.section("FILES");
  page.entry("/etc/chainer/plugin.conf",
             "What the plugin knows of the site, unless conf= names another file: "
             "chainer-plugin.conf(5).");
  write_examples(page);
  page.see_also({"srun(1)", "sbatch(1)", "spank(8)", "chainer-plugin.conf(5)", "chainer-node(8)",
                 "chainer-submit(1)"});
  return page.text();
}

std::string plugin_conf_manual() {
  ManualPage page({"chainer-plugin.conf", 5, "File Formats",
                   "what the plugin of chainer-submit knows of a site", page_origin});
  page.section("DESCRIPTION");
  page.paragraph(
      "/etc/chainer/plugin.conf holds a key and its value on each line. # begins a comment, at the "
      "start of a line or behind a blank. The file belongs to root and nobody else may write it; "
      "it "
      "is the same on all nodes that share a store. A step that needs it and finds a wrong line "
      "fails, names the line, and leaves the node in service; chainer-node doctor names every "
      "wrong "
      "line.");
  page.paragraph("A size is a whole number followed by b, k, m or g, in units of 1024.");
  write_conf_keys(page);
  page.section("EXAMPLES");
  page.paragraph("A store that all nodes share, and the site's scratch space in every container:");
  page.lines(
      "store /shared/chainer/store\n"
      "store_quota 500g\n"
      "default_shm_size 4g\n"
      "bind /shared/runs\n"
      "bind_if_present /scratch\n"
      "private_images per-user");
  page.see_also({"spank_chainer(8)", "chainer-node(8)", "chainer-site(5)"});
  return page.text();
}

}  // namespace chainer
