#include "submit/curate/recipe_build.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "core/child_end.hpp"
#include "core/spawn.hpp"
#include "core/text_file.hpp"
#include "submit/plan/curated_base.hpp"
#include "submit/run/image_pin.hpp"

namespace chainer::curate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char another_folder[] = "name a folder of yours that the nodes see: --output DIR";

std::vector<std::string> command_for(const CuratedEnvironment& environment, const std::string& file,
                                     const BuildOrder& order) {
  std::vector<std::string> command{run::find_chainer_node(), "envs",  "build", "--image",
                                   environment.image,        "--env", file};
  if (!order.plugin_conf.empty()) command.insert(command.end(), {"--conf", order.plugin_conf});
  if (order.srun_options.empty()) return command;
  command.emplace_back("--");
  command.insert(command.end(), order.srun_options.begin(), order.srun_options.end());
  return command;
}

bool is_copied(const std::string& file, const std::string& place) {
  const auto text = read_text_file(file);
  return text && !text->empty() && update_file(place, *text);
}

}  // namespace

Result<int> run_visibly(const std::vector<std::string>& command) {
  Spawn program;
  TRY_ASSIGN(const auto child, program.start(command));
  return shell_exit_code(wait_for_end(child));
}

Result<std::vector<Built>> build_recipes(const BuildOrder& order, const RunCommand& run,
                                         run::Console& console) {
  std::error_code refused;
  std::filesystem::create_directories(order.folder, refused);
  if (refused) {
    return Error{fmt::format("cannot make {}: {}", order.folder, refused.message()), another_folder,
                 refused.value(), Fault::user};
  }
  std::vector<Built> all;
  for (const auto& environment : order.environments) {
    const auto& recipe = environment.recipe;
    auto& built = all.emplace_back(
        Built{environment.name(), environment.image,
              order.recipes + "/" + plan::curated_lock_name(recipe.version, environment.has_gpus)});
    const auto file = write_files(environment, order.folder);
    if (!file) return Error(file.error()).with_hint(another_folder);
    console.err(fmt::format("chainer-submit: {} in {}, from {}\n", built.name, built.image, *file));
    const auto start = Clock::now();
    TRY_ASSIGN(const auto code, run(command_for(environment, *file, order)));
    built.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (code != 0) continue;  // who was asked has said why
    built.lock = lock_in(order.folder, environment);
    if (is_copied(built.lock, built.place_beside_recipe)) built.lock = built.place_beside_recipe;
  }
  return all;
}

}  // namespace chainer::curate
