// Has a node build the environment of each recipe, for everybody.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "submit/curate/curated_environment.hpp"
#include "submit/run/console.hpp"

namespace chainer::curate {

struct BuildOrder {
  std::vector<CuratedEnvironment> environments;
  std::string folder;       ///< absolute; nodes see it, and this account may write there
  std::string recipes;      ///< the site's folder of recipes
  std::string plugin_conf;  ///< empty: where chainer-node looks for it
  std::vector<std::string> srun_options;  ///< partition, account and the like
};

/// How one of them went.
struct Built {
  std::string name{}, image{};
  std::string place_beside_recipe{};  ///< where runs with enable_optimized_mode look for its lock
  std::string lock{};                 ///< where it lies now; empty where the build failed
  double seconds{0};

  /// False where this account may not write there.
  bool is_beside_recipe() const { return lock == place_beside_recipe; }
};

/// Runs a command whose output goes to the caller's own; gives its exit code.
using RunCommand = std::function<Result<int>(const std::vector<std::string>& command)>;
Result<int> run_visibly(const std::vector<std::string>& command);

/// One after the other: each is a job of this account, which must be the site's curator. What fails
/// does not keep the others from being built. An error where none can be.
Result<std::vector<Built>> build_recipes(const BuildOrder& order, const RunCommand& run,
                                         run::Console& console);

}  // namespace chainer::curate
