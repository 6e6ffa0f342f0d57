#include "submit/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "version.hpp"

namespace chainer {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  chainer-submit train.toml --follow             submit, and watch the run to its end\n"
    "  chainer-submit check train.toml                say what is wrong, ask nobody\n"
    "  chainer-submit render train.toml               show the job script\n"
    "  chainer-submit render train.toml --output DIR  make all of the run, for sbatch "
    "DIR/job.sbatch\n"
    "  chainer-submit train.toml --set node_count=4 --set script_params.--lr=0.1\n"
    "  chainer-submit explain shm_size                what a key means\n"
    "Exit codes: 0 done, 1 the run failed, 2 wrong usage, 3 the estimator or site file is wrong,\n"
    "  4 the cluster or registry refused, try again, 5 a defect of chainer-submit\n";

void add_common(CLI::App& command, CommandLine& line) {
  command.add_flag_callback(
      "--json", [&line] { line.format = Format::json; }, "Write JSON to standard output");
  command
      .add_option("--site", line.site_file,
                  "The site file (else $CHAINER_SUBMIT_SITE, else /etc/chainer/site.toml)")
      ->option_text("FILE");
}

void add_estimator(CLI::App& command, CommandLine& line) {
  command.add_option("FILE", line.file, "The estimator")->required();
  command
      .add_option("--set", line.overrides,
                  "Replace the value of KEY, dotted as in TOML; VALUE is TOML or a plain string")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false);
  add_common(command, line);
}

CLI::App* add_command(CLI::App& app, CommandLine& line, Command command, const char* name,
                      const char* sentence) {
  auto* added = app.add_subcommand(name, sentence);
  added->callback([&line, command] { line.command = command; });
  return added;
}

void define(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", std::string("chainer-submit ") + version,
                       "Show the version and exit");
  app.require_subcommand(1);
  app.footer(examples);

  auto* submit = add_command(app, line, Command::submit, "submit",
                             "Submit a run; this is also what FILE alone does");
  add_estimator(*submit, line);
  submit->add_flag("--follow", line.follow, "Stay, show the run's output, exit as the run did");

  auto* check =
      add_command(app, line, Command::check, "check", "Say what is wrong with an estimator");
  add_estimator(*check, line);
  check->add_flag("--online", line.online, "Also ask the registry for the image");

  auto* render =
      add_command(app, line, Command::render, "render", "Write the job script, submit nothing");
  add_estimator(*render, line);
  render
      ->add_option("--output", line.output,
                   "Make the whole run in this new folder, which every node must see, for sbatch "
                   "DIR/job.sbatch")
      ->option_text("DIR");

  auto* follow =
      add_command(app, line, Command::follow, "follow", "Show a run's output to its end");
  follow->add_option("RUN", line.run, "The run's name or folder")->required();
  add_common(*follow, line);

  auto* explain =
      add_command(app, line, Command::explain, "explain", "What a key of the estimator means");
  explain->add_option("KEY", line.key, "The key; all when left out");
  add_common(*explain, line);

  add_common(
      *add_command(app, line, Command::schema, "schema", "Write a JSON Schema of the estimator"),
      line);
  add_common(*add_command(app, line, Command::versions, "versions",
                          "The versions of Chainer that can be asked for"),
             line);
}

/// `chainer-submit train.toml` means `chainer-submit submit train.toml`.
void insert_default_command(std::vector<std::string>& arguments) {
  constexpr std::string_view words[] = {"submit", "check",    "render", "follow", "explain",
                                        "schema", "versions", "--help", "-h",     "--version"};
  if (arguments.empty() || std::ranges::find(words, arguments.front()) != std::end(words)) return;
  arguments.insert(arguments.begin(), "submit");
}

}  // namespace

std::variant<CommandLine, CommandLineText> parse_command_line(std::vector<std::string> arguments) {
  CommandLine line;
  CLI::App app("Runs an estimator as a Slurm job.", "chainer-submit");
  define(app, line);
  insert_default_command(arguments);
  std::ranges::reverse(arguments);  // CLI11 takes a vector from its end
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return CommandLineText{chosen.empty() ? app.help() : chosen.front()->help()};
  } catch (const CLI::CallForVersion& shown) {
    return CommandLineText{std::string(shown.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return CommandLineText{std::string("chainer-submit: error: ") + error.what() +
                               "\nhint: chainer-submit --help shows the commands and options\n",
                           ExitCode::wrong_usage};
  }
  return line;
}

}  // namespace chainer
