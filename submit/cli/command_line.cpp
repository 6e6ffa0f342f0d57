#include "submit/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "core/command_line/command_format.hpp"
#include "core/command_line/wrong_usage.hpp"
#include "submit/cli/program_help.hpp"
#include "submit/cli/wrong_usage.hpp"
#include "version.hpp"

namespace chainer::cli {
namespace {

constexpr std::size_t option_column = 20;
constexpr int most_probed_nodes = 1024;

void add_common(CLI::App& command, CommandLine& line) {
  command.add_flag_callback(
      "--json", [&line] { line.format = Format::json; }, "Write JSON to standard output");
  command.add_option("--site", line.site_file, "The site file to use")->option_text("FILE");
}

/// A positional argument: its name says all.
CLI::Option* add_argument(CLI::App& command, const char* name, std::string& value,
                          const char* sentence) {
  return command.add_option(name, value, sentence)->option_text(" ");
}

void add_overrides(CLI::App& command, CommandLine& line) {
  command
      .add_option("--set", line.overrides, "Replace KEY, dotted as in TOML, by TOML or plain text")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_estimator(CLI::App& command, CommandLine& line) {
  add_argument(command, "FILE", line.file, "The estimator")->required();
  add_overrides(command, line);
  command.add_option("--template", line.template_file, "Bash for the job script, instead of ours")
      ->option_text("FILE");
  add_common(command, line);
}

void add_run(CLI::App& command, CommandLine& line) {
  add_argument(command, "RUN", line.run, "The run's name or folder")->required();
  add_common(command, line);
}

CLI::App* add_command(CLI::App& app, CommandLine& line, Command command, const char* name,
                      const char* sentence) {
  auto* added = app.add_subcommand(name, sentence);
  added->get_formatter()->column_width(option_column);
  added->callback([&line, command] { line.command = command; });
  return added;
}

void define(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", std::string("chainer-submit ") + version,
                       "Show the version and exit");
  app.require_subcommand(1);
  app.footer(help_footer());
  set_format_of_help(app);
  app.get_formatter()->column_width(option_column);

  auto* submit = add_command(app, line, Command::submit, "submit",
                             "Submit a run; this is also what FILE alone does");
  add_estimator(*submit, line);
  submit->add_flag("--follow", line.follow, "Stay, show the run's output, exit as the run did");

  auto* check =
      add_command(app, line, Command::check, "check", "Say what is wrong with an estimator");
  add_estimator(*check, line);
  check->add_flag("--online", line.online,
                  "Also ask cluster and registry, and look into the image");

  auto* render =
      add_command(app, line, Command::render, "render", "Write the job script, submit nothing");
  add_estimator(*render, line);
  render
      ->add_option("--output", line.output,
                   "Make the whole run in this new folder, for sbatch by hand")
      ->option_text("DIR");
  render->add_flag("--plan", line.is_plan, "FILE is the plan.json of a run, no estimator");

  add_run(*add_command(app, line, Command::follow, "follow", "Show a run's output to its end"),
          line);
  add_run(*add_command(app, line, Command::status, "status",
                       "What a run does, or how it ended, and its metrics"),
          line);
  auto* logs = add_command(app, line, Command::logs, "logs", "Show what a run has written so far");
  add_run(*logs, line);
  auto* rank = logs->add_option("--rank", line.rank,
                                "What this process wrote, in place of the job's output");
  check_range(*rank->option_text("N"), 0, std::numeric_limits<int>::max());
  add_run(*add_command(app, line, Command::cancel, "cancel", "End a run"), line);
  auto* list = add_command(app, line, Command::list, "list", "Your runs, the newest first");
  auto* newest = list->add_option("-n,--newest", line.most_runs, "How many, 10 when left out");
  check_range(*newest->option_text("N"), 1, std::numeric_limits<int>::max());
  add_common(*list, line);

  auto* import = add_command(app, line, Command::import, "import",
                             "Make an estimator of a file of the retired service");
  add_argument(*import, "FILE", line.file,
               "A *.runconfig, the YAML of a job or of conda, or Python")
      ->required();
  import->add_option("-o,--output", line.output, "Write it here instead of showing it")
      ->option_text("FILE");
  import->add_flag("--force", line.force, "Replace the file that is there");
  add_common(*import, line);

  auto* init = add_command(app, line, Command::init, "init", "Write an estimator beside a script");
  add_argument(*init, "SCRIPT", line.file, "The script or its folder; this folder when left out");
  init->add_option("-o,--output", line.output, "Write it here instead of SCRIPT's name and .toml")
      ->option_text("FILE");
  add_common(*init, line);

  auto* explain =
      add_command(app, line, Command::explain, "explain", "What a key of the estimator means");
  add_argument(*explain, "KEY", line.key, "The key; all when left out");
  explain->add_option("--in", line.file, "Show its value in this estimator, and who says it")
      ->option_text("FILE");
  add_overrides(*explain, line);
  add_common(*explain, line);

  auto* schema =
      add_command(app, line, Command::schema, "schema", "Write a JSON Schema of the estimator");
  schema->add_flag_callback(
      "--json", [&line] { line.format = Format::json; }, "It is JSON in any case");
  schema->add_flag("--site", line.is_of_site, "Of the site file instead");
  add_common(*add_command(app, line, Command::versions, "versions",
                          "The versions of Chainer that can be asked for"),
             line);
  add_common(*add_command(app, line, Command::targets, "targets",
                          "The compute targets of the site, and what their nodes have"),
             line);
  auto* doctor = add_command(app, line, Command::doctor, "doctor",
                             "Say what is wrong with the site and the cluster");
  doctor->add_flag("--all-nodes", line.is_of_all_nodes,
                   "Also look at every node, by a short step on each");
  auto* gpus = doctor->add_flag("--gpu", line.is_of_gpus,
                                "Also measure all GPUs, outside of a container and inside");
  doctor
      ->add_option("--image", line.gpu_image,
                   "The container's image for --gpu; else the site's for GPUs")
      ->option_text("REF")
      ->needs(gpus);
  add_common(*doctor, line);
  auto* probe = app.add_subcommand("probe", "Measure what runs get of the cluster");
  probe->get_formatter()->column_width(option_column);
  probe->require_subcommand(1);
  auto* mpi = add_command(*probe, line, Command::probe_mpi, "mpi",
                          "How ranks of two nodes reach each other, in images and outside");
  mpi->add_option("--target", line.target, "The compute target; Slurm's own choice when left out")
      ->option_text("TARGET");
  mpi->add_option("--image", line.probed_image, "The image with the MPI; else the site's")
      ->option_text("REF");
  auto* nodes = mpi->add_option("--nodes", line.nodes, "So many nodes, with one rank on each");
  check_range(*nodes->option_text("N"), 2, most_probed_nodes);
  add_common(*mpi, line);

  auto* site = app.add_subcommand("site", "Show the site file, or write one");
  site->get_formatter()->column_width(option_column);
  site->require_subcommand(1);
  add_common(*add_command(*site, line, Command::site_show, "show",
                          "Every value in force, and the line that it comes from"),
             line);
  auto* init_site = add_command(*site, line, Command::site_init, "init",
                                "Write a site file from what Slurm says");
  init_site->add_option("--runs", line.runs_folder, "The folder of all runs")->option_text("DIR");
  init_site->add_option("--image", line.default_image, "The image of runs that name none")
      ->option_text("REF");
  init_site->add_option("-o,--output", line.output, "Write it here instead of showing it")
      ->option_text("FILE");
  add_common(*init_site, line);

  auto* recipes = app.add_subcommand("recipes", "Build the environments of the site's recipes");
  recipes->get_formatter()->column_width(option_column);
  recipes->require_subcommand(1);
  auto* build = add_command(*recipes, line, Command::recipes_build, "build",
                            "Have nodes build them for everybody, as the site's curator");
  build->add_option("--recipe", line.recipes, "Only this version; may be repeated")
      ->option_text("VERSION")
      ->allow_extra_args(false);
  build
      ->add_option("-o,--output", line.output,
                   "Your folder for them, which nodes see (~/.chainer/recipes)")
      ->option_text("DIR");
  build->add_option("--conf", line.plugin_conf, "Where plugin.conf is, if not in /etc/chainer")
      ->option_text("FILE");
  build->add_option("SRUN", line.words, "Options for srun, behind --, such as a partition")
      ->option_text(" ");
  add_common(*build, line);

  auto* completion = add_command(app, line, Command::completion, "completion",
                                 "Write what makes a shell complete command lines");
  add_argument(*completion, "SHELL", line.shell, "bash, zsh or fish")->required();
}

/// `chainer-submit train.toml` means `chainer-submit submit train.toml`.
void insert_default_command(const CLI::App& app, std::vector<std::string>& arguments) {
  constexpr std::string_view for_all[] = {"--help", "-h", "--version"};
  if (arguments.empty() || command_called(app, arguments.front()) ||
      std::ranges::find(for_all, arguments.front()) != std::end(for_all)) {
    return;
  }
  arguments.insert(arguments.begin(), "submit");
}

}  // namespace

std::vector<CommandHelp> describe_commands() {
  CommandLine unused;
  CLI::App app;
  define(app, unused);
  return chainer::describe_commands(app);
}

Completion complete_words(const std::vector<std::string>& words, const ValueWords& known) {
  CommandLine unused;
  CLI::App app;
  define(app, unused);
  return complete(app, words, {"submit", known});
}

std::variant<CommandLine, CommandLineText> parse_command_line(std::vector<std::string> arguments) {
  CommandLine line;
  if (arguments.size() > 1 && arguments[0] == "complete" && arguments[1] == "--") {
    // What a shell asks: the words are somebody's command line, whatever they are.
    line.command = Command::complete;
    line.words.assign(arguments.begin() + 2, arguments.end());
    return line;
  }
  CLI::App app(std::string(program_sentence), "chainer-submit");
  define(app, line);
  if (!arguments.empty() && arguments.front() == "help") arguments.front() = "--help";
  if (!arguments.empty()) {
    if (auto text = misspelled_command(app, arguments.front())) return *std::move(text);
  }
  insert_default_command(app, arguments);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // from its end
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return CommandLineText{chosen.empty() ? app.help() : chosen.front()->help("chainer-submit")};
  } catch (const CLI::CallForVersion& shown) {
    return CommandLineText{std::string(shown.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return wrong_usage_of(error, app, arguments);
  }
  // Both show what they make where no file is named.
  const bool shows = line.command == Command::import || line.command == Command::site_init;
  if (shows && line.output == "-") line.output.clear();
  return line;
}

}  // namespace chainer::cli
