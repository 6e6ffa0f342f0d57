// What srun, sbatch and salloc do themselves, as the user, before there is anything on a node.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"
#include "spank_plugin/tag_resolution.hpp"

namespace chainer {

enum class Command { srun, sbatch, salloc };

/// For srun alone, which knows its command by now: Slurm takes the programs of --multi-prog from a
/// file, and neither an entrypoint nor another runtime can come before them.
Result<void> check_what_comes_before(const std::vector<std::string>& command,
                                     const RawOptions& options);

/// The options as one of Slurm's commands learns them: each one as it is given, then the end of a
/// component's options. Only heterogeneous jobs and steps have more than one component.
class LoginSide {
 public:
  /// Takes one option whose syntax is checked, also one that Slurm has the command inherit from a
  /// job.
  void take(const OptionSpec& spec, const std::string& value);

  /// Called when all options of one component are known. Adds what a job and variables say, refuses
  /// what is wrong, idle or cannot be carried, has srun resolve a tag once for all nodes, and sets in
  /// srun's environment how long tasks that are ready wait for those of other nodes. An Error without
  /// text was printed by chainer-node.
  Result<void> settle(Command command, const std::string& conf_path);

  /// Where srun is still asking for a tag's digest: waits for it, and puts it into the options.
  /// False where there was nothing to wait for. After an Error, which may be without text, the
  /// options say that the digest was asked for in vain, which ends the step's tasks.
  Result<bool> finish();

  /// The options of the component that was settled last, with all defaults.
  const RawOptions& options() const { return options_; }

 private:
  Result<RawOptions> of_component(Command command);
  Result<void> resolve_tag(const std::string& conf_path);

  // Of the component whose options are being read:
  RawOptions given_;      ///< by the command
  RawOptions inherited_;  ///< from the job, in whichever way Slurm itself passes it on
  std::array<bool, option_count> is_inherited_seen_{};

  std::optional<RawOptions> of_job_;  ///< what the job carries; known from the first component on
  std::optional<RawOptions> of_first_component_;
  RawOptions options_;
  std::optional<TagResolution> resolution_;
};

}  // namespace chainer
