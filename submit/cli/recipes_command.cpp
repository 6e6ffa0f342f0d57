#include "submit/cli/recipes_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "submit/cli/answer.hpp"
#include "submit/curate/recipe_build.hpp"
#include "submit/run/quoting.hpp"

namespace chainer::cli {
namespace {

using Builds = std::vector<curate::Built>;

std::string folder_of(const CommandLine& line, const Surroundings& surroundings) {
  if (!line.output.empty()) return surroundings.path_of(line.output);
  const char* home = std::getenv("HOME");
  return home == nullptr || *home != '/' ? "" : std::string(home) + "/.chainer/recipes";
}

std::string text_of(const Builds& all) {
  std::size_t width = 0;
  for (const auto& built : all) width = std::max(width, built.name.size());
  std::string text;
  for (const auto& built : all) {
    text += fmt::format("{:<{}}  {}  {:.0f} s  {}\n", built.name, width,
                        built.lock.empty() ? "failed" : "ready ", built.seconds,
                        built.lock.empty() ? built.image : built.lock);
  }
  return text;
}

std::string json_of(const Builds& all) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& built : all) {
    list.push_back({{"name", built.name},
                    {"image", built.image},
                    {"is_ready", !built.lock.empty()},
                    {"lock", built.lock},
                    {"is_beside_recipe", built.is_beside_recipe()},
                    {"seconds", built.seconds}});
  }
  return json_page(list);
}

/// What an administrator has to do with locks that this account may not put beside the recipes.
std::string next_of(const Builds& all) {
  std::string next;
  for (const auto& built : all) {
    if (built.lock.empty() || built.is_beside_recipe()) continue;
    const auto command =
        run::shell_words({"install", "-m", "644", built.lock, built.place_beside_recipe});
    next += fmt::format("{}as root: {}\n", next.empty() ? "next: " : "      ", command);
  }
  return next;
}

}  // namespace

run::ExitCode build_recipes(const CommandLine& line, const Surroundings& surroundings,
                            run::Console& console) {
  if (::geteuid() == 0) {
    return show_error(line,
                      {"what builds an environment is code of others, which root must not run",
                       "run this as the site's curator, whom 'curator' of plugin.conf names: "
                       "runuser -u NAME -- chainer-submit recipes build"},
                      run::ExitCode::wrong_usage, console);
  }
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  const auto failed = [&](const Error& error) {
    return show_error(line, error, run::exit_code_of(error.fault), console);
  };
  auto environments = curate::environments_of(*site, line.recipes);
  if (!environments) return failed(environments.error());
  const auto folder = folder_of(line, surroundings);
  if (folder.empty()) {
    return failed({"this account has no home", "name a folder that the nodes see: --output DIR", 0,
                   Fault::user});
  }
  const auto all = curate::build_recipes(
      {*std::move(environments), folder, site->recipes,
       line.plugin_conf.empty() ? "" : surroundings.path_of(line.plugin_conf), line.words},
      curate::run_visibly, console);
  if (!all) return failed(all.error());
  console.out(line.format == Format::json ? json_of(*all) : text_of(*all));
  console.err(next_of(*all));
  const bool is_done =
      std::ranges::none_of(*all, [](const auto& built) { return built.lock.empty(); });
  return is_done ? run::ExitCode::done : run::ExitCode::try_again;
}

}  // namespace chainer::cli
