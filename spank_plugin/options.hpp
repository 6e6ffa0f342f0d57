// The options that srun, sbatch and salloc take: one table for names, help, checks and variables.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

enum class Option {
  image,
  env,
  shm_size,
  mount,
  workdir,
  runtime,
  writable,
  keep,
  auth,
  batch,
  prepare,
  off,
};
inline constexpr std::size_t option_count = 12;

/// What a step must have besides for an option to mean anything.
enum class Needs { nothing, image, image_or_size };

/// Who said it. What a job or a variable says is a default for steps of many kinds.
enum class Origin {
  command,   ///< the options of this srun, sbatch or salloc
  job,       ///< srun's, inherited from sbatch or salloc
  variable,  ///< CHAINER_SUBMIT_…
};

struct OptionSpec {
  Option option;
  const char* name;      ///< as on the command line, without the dashes
  const char* argument;  ///< one word for the help; null for a flag
  const char* help;      ///< one sentence; Slurm indents and wraps nothing
  const char* variable;  ///< the environment variable that says the same
  Needs needs;
  Result<void> (*check)(std::string_view value);  ///< the syntax; errors are the user's
};

extern const std::array<OptionSpec, option_count> option_specs;

/// A step has 256 mounts at most, wherever they come from.
Result<void> check_number_of_mounts(std::size_t number);

/// What was given, not yet looked into. Every option may come twice (inherited, then given again):
/// the last one counts, but every --chainer-mount adds.
class RawOptions {
 public:
  void set(Option option, std::string value, Origin origin = Origin::command);
  bool is_empty() const { return is_empty_; }
  bool has(Option option) const { return value_of(option).has_value(); }
  const std::optional<std::string>& value_of(Option option) const {
    return values_[static_cast<std::size_t>(option)];
  }
  /// Of an option that is there.
  Origin origin_of(Option option) const { return origins_[static_cast<std::size_t>(option)]; }
  /// Each --chainer-mount once, in the order given: a later one may lie inside an earlier one.
  /// Slurm carries only the last of a repeated option, so all travel in the option's variable, one
  /// a line.
  const std::vector<std::string>& mounts() const { return mounts_; }

  /// Fills what was not given from the environment (`lookup` answers a variable's value or
  /// nothing).
  template <typename Lookup>
  void fill_from_environment(Lookup&& lookup);

 private:
  void put(Option option, std::string value, Origin origin);
  void add_mounts(std::string_view lines);
  void add_mounts_before(std::string_view lines);

  std::array<std::optional<std::string>, option_count> values_;
  std::array<Origin, option_count> origins_{};
  bool is_empty_{true};
  std::vector<std::string> mounts_;
};

template <typename Lookup>
void RawOptions::fill_from_environment(Lookup&& lookup) {
  for (const auto& spec : option_specs) {
    const std::optional<std::string> value = lookup(spec.variable);
    if (!value || value->empty()) continue;
    if (spec.argument == nullptr && (*value == "0" || *value == "no"))
      continue;  // a flag, said to be off
    if (spec.option == Option::mount) add_mounts_before(*value);
    if (!has(spec.option)) put(spec.option, *value, Origin::variable);
  }
}

}  // namespace chainer
