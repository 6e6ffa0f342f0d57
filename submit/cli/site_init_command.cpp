#include "submit/cli/site_init_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "core/text_file.hpp"
#include "submit/cli/answer.hpp"
#include "submit/draft/cluster_question.hpp"
#include "submit/draft/site_draft.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::cli {
namespace {

constexpr unsigned mode_of_a_site_file = 0644;

/// The file that would be written; without -o the one in force, which may not be there.
std::string target_of(const CommandLine& line, const Surroundings& surroundings) {
  if (!line.output.empty()) return surroundings.path_of(line.output);
  const auto& file = site_file_of(line, surroundings);
  return file.empty() ? "" : surroundings.path_of(file);
}

/// Those that are installed with this program.
std::string known_recipes(const Surroundings& surroundings) {
  const auto& recipes = surroundings.own.recipes;
  return recipes.starts_with('/') ? recipes : "";
}

run::ExitCode show_changes(const CommandLine& line, const std::string& file,
                           const std::string& drafted, run::Console& console) {
  const auto text = read_text_file(file);
  if (!text) {
    return show_error(line, {fmt::format("cannot read {}: {}", file, text.error().what), ""},
                      run::ExitCode::wrong_input, console);
  }
  const auto before = toml::parse_toml(*text, file);
  if (const auto* finding = std::get_if<Finding>(&before)) {
    console.err(render(*finding, *text, console.colour()));
    return run::ExitCode::wrong_input;
  }
  const auto now = toml::parse_toml(drafted, file);
  const auto changes =
      draft::site_changes(std::get<toml::Table>(before), std::get<toml::Table>(now));
  if (line.format == Format::json) {
    console.out(json_page({{"file", file}, {"written", false}, {"changes", changes}}));
    return run::ExitCode::done;
  }
  for (const auto& change : changes) console.out(change + "\n");
  console.out(changes.empty()
                  ? fmt::format("{}: says what Slurm says\n", file)
                  : fmt::format("{}: is as it was; these are for you to decide\n", file));
  return run::ExitCode::done;
}

run::ExitCode write_site(const CommandLine& line, const std::string& file, const std::string& text,
                         run::Console& console) {
  if (!line.output.empty()) {
    const auto written = write_new_file(file, text, mode_of_a_site_file);
    if (!written) return show_error(line, written.error(), run::ExitCode::wrong_usage, console);
  }
  const bool is_written = !line.output.empty();
  if (line.format == Format::json)
    console.out(json_page({{"file", file}, {"written", is_written}, {"text", text}}));
  else if (is_written)
    console.out(fmt::format("wrote   {}\nnext    {}\n", line.output,
                            run::shell_words({"chainer-submit", "doctor", "--site", line.output})));
  else
    console.out(text);
  return run::ExitCode::done;
}

}  // namespace

run::ExitCode init_site(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console) {
  const auto file = target_of(line, surroundings);
  const bool is_there = !file.empty() && ::access(file.c_str(), F_OK) == 0;
  if (!is_there && !line.runs_folder.starts_with('/')) {
    return show_error(line,
                      {"Slurm does not know where runs are to lie",
                       "name a folder that this host and every node see: --runs /shared/runs"},
                      run::ExitCode::wrong_usage, console);
  }
  const auto cluster = draft::ask_for_cluster(services, console);
  if (!cluster) return show_error(line, cluster.error(), run::ExitCode::try_again, console);
  const auto text = draft::site_text(
      *cluster, {line.runs_folder, line.default_image, known_recipes(surroundings)});
  return is_there ? show_changes(line, file, text, console) : write_site(line, file, text, console);
}

}  // namespace chainer::cli
