#include "submit/cli/completion_commands.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "core/command_line/completion_script.hpp"
#include "submit/cli/answer.hpp"
#include "submit/input/key_search.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<Completion::Word>;

std::optional<input::Site> site_of(const Surroundings& surroundings) {
  auto inspection =
      plan::inspect_site(surroundings.site_file, surroundings.working_folder, surroundings.own);
  return std::move(inspection.site);
}

/// Runs of this user's, by their folders; nothing is made or mended for a question.
Words run_names(const Surroundings& surroundings) {
  Words words;
  const auto site = site_of(surroundings);
  if (!site) return words;
  for (const auto& runs : site->all_runs()) {
    std::error_code failed;
    for (fs::directory_iterator it(run::runs_of(runs, surroundings.user), failed), end;
         !failed && it != end; it.increment(failed)) {
      const auto name = it->path().filename().string();
      if (name != "objects" && !name.starts_with('.')) words.push_back({name, ""});
    }
  }
  return words;
}

Words key_names(std::string_view behind) {
  Words words;
  for (const auto& key : input::all_keys()) {
    words.push_back({key.full_name() + std::string(behind), std::string(key.info.sentence)});
  }
  return words;
}

Words shell_names() {
  Words words;
  for (const auto shell : completed_shells) words.push_back({std::string(shell), ""});
  return words;
}

/// The site's targets, each behind `before`.
Words target_names(std::string_view before, const Surroundings& surroundings) {
  Words words;
  const auto site = site_of(surroundings);
  if (!site) return words;
  for (const auto& target : site->targets) words.push_back({std::string(before) + target.name, ""});
  return words;
}

/// KEY=, and behind compute_target= the site's targets.
Words settings(std::string_view typed, const Surroundings& surroundings) {
  constexpr std::string_view of_target = "compute_target=";
  return typed.starts_with(of_target) ? target_names(of_target, surroundings) : key_names("=");
}

}  // namespace

run::ExitCode write_completion(const CommandLine& line, run::Console& console) {
  const auto script = completion_script(line.shell, "chainer-submit");
  if (!script) {
    return show_error(line,
                      {fmt::format("there is no completion for the shell '{}'", line.shell),
                       "there is one for bash, for zsh and for fish"},
                      run::ExitCode::wrong_usage, console);
  }
  console.out(*script);
  return run::ExitCode::done;
}

run::ExitCode answer_shell(const CommandLine& line, const Surroundings& surroundings,
                           run::Console& console) {
  const auto known = [&](std::string_view value, std::string_view typed) -> Words {
    if (value == "KEY") return key_names("");
    if (value == "KEY=VALUE") return settings(typed, surroundings);
    if (value == "TARGET") return target_names("", surroundings);
    if (value == "RUN") return run_names(surroundings);
    return value == "SHELL" ? shell_names() : Words();
  };
  console.out(completion_text(complete_words(line.words, known)));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
