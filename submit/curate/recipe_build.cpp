#include "submit/curate/recipe_build.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "core/child_end.hpp"
#include "core/spawn.hpp"
#include "core/text_file.hpp"
#include "submit/run/image_pin.hpp"

namespace chainer::curate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char another_folder[] = "name a folder of yours that the nodes see: --output DIR";
constexpr std::size_t largest_lock = 16 * 1024 * 1024;
constexpr unsigned mode_of_a_lock = 0644;

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

/// Runs with enable_optimized_mode look for it there.
Result<void> put_beside_recipe(const std::string& lock, const std::string& place) {
  TRY_ASSIGN(const auto text, read_file(lock, largest_lock));
  const auto old = read_file(place, largest_lock);
  if (old && *old == text) return {};
  return replace_file(place, text, mode_of_a_lock);
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
    auto& built = all.emplace_back(Built{environment.name(), environment.image});
    const auto file = write_files(environment, order.folder);
    if (!file) return Error(file.error()).with_hint(another_folder);
    console.err(fmt::format("chainer-submit: {} in {}, from {}\n", built.name, built.image, *file));
    const auto start = Clock::now();
    TRY_ASSIGN(const auto code, run(command_for(environment, *file, order)));
    built.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (code != 0) continue;  // who was asked has said why
    built.lock = lock_in(order.folder, environment);
    const auto beside = order.recipes + "/" + environment.lock_name();
    built.is_beside_recipe = put_beside_recipe(built.lock, beside).has_value();
    if (built.is_beside_recipe) built.lock = beside;
  }
  return all;
}

}  // namespace chainer::curate
