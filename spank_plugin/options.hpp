// The options that srun, sbatch and salloc take: one table for names, help, checks and variables.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  home,
  attach,
  readonly,
  entrypoint,
  root,
  save,
  layer,
};
inline constexpr std::size_t option_count = 19;

/// What else a step must have for an option to mean anything.
enum class Needs { nothing, image, image_or_size };

/// Who gave an option. What a job or a variable says is a default for steps of many kinds.
enum class Origin {
  command,   ///< the options of this srun, sbatch or salloc
  job,       ///< srun's, inherited from sbatch or salloc
  variable,  ///< CHAINER_SUBMIT_…
};

struct OptionSpec {
  Option option;
  const char* name;      ///< as on the command line, without the dashes
  const char* argument;  ///< one word for the help; null for a flag, which takes yes or no
  const char* help;      ///< one sentence; Slurm indents and wraps nothing
  const char* variable;  ///< the environment variable that says the same
  Needs needs;
  Result<void> (*check)(std::string_view value);  ///< the syntax; errors are the user's
  const char* alone{nullptr};  ///< the value where none is given; null where one must be given

  bool is_flag() const { return argument == nullptr; }
};

extern const std::array<OptionSpec, option_count> option_specs;

/// A step has 256 mounts at most, wherever they come from.
Result<void> check_number_of_mounts(std::size_t number);

/// Checks the syntax of an option's value, which may be `no` or `none`. Errors are the user's.
Result<void> check_option(const OptionSpec& spec, std::string_view text);

/// Stands where a digest would.
inline constexpr char not_resolved[] = "none";

/// What was given, not yet checked. When an option is given twice the last one counts, but every
/// --chainer-mount adds to those of the same origin. `no` (for a flag) and `none` (for any other
/// option) take back what a weaker origin says.
class RawOptions {
 public:
  /// --chainer-readonly is kept as the opposite value of --chainer-writable.
  void give(Option option, std::string_view text, Origin origin = Origin::command);
  /// Takes over what `weaker` says of the options that are not given here.
  void add_defaults(const RawOptions& weaker);
  /// The same for what a job says, whose mounts come before those given here, unless these began
  /// with `none`: what the job's author mounts is what its steps find.
  void add_defaults_of_job(const RawOptions& job);

  /// True when nothing was given, and nothing taken back.
  bool is_empty() const { return is_empty_; }
  /// True even when it was given only to take it back.
  bool is_given(Option option) const { return at(option).has_value(); }
  /// True when it was given and not taken back.
  bool has(Option option) const { return at(option) && !at(option)->taken_back; }
  std::optional<std::string> value_of(Option option) const;
  /// The value of an option that is given, `no` and `none` included.
  const std::string& text_of(Option option) const { return at(option)->text; }
  Origin origin_of(Option option) const { return at(option)->origin; }
  /// Each --chainer-mount once, in the order given: a later one may lie inside an earlier one.
  std::vector<std::string> mounts() const;

  /// The digest that a tag of these options was resolved to, `sha256:…`; empty when nobody asked for
  /// it, and `not_resolved` when srun asked in vain.
  const std::string& resolved() const { return resolved_; }
  void set_resolved(std::string digest) { resolved_ = std::move(digest); }

  /// What the variables of the options say (`lookup` answers a variable's value or nothing). An
  /// empty variable says nothing.
  template <typename Lookup>
  static RawOptions of_variables(Lookup&& lookup);

 private:
  struct Given {
    std::string text;  ///< of --chainer-mount: one per line
    Origin origin;
    bool taken_back;
    bool starts_anew{false};  ///< given after it was taken back
  };
  const std::optional<Given>& at(Option option) const {
    return given_[static_cast<std::size_t>(option)];
  }

  std::array<std::optional<Given>, option_count> given_;
  bool is_empty_{true};
  std::string resolved_;
};

template <typename Lookup>
RawOptions RawOptions::of_variables(Lookup&& lookup) {
  RawOptions options;
  for (const auto& spec : option_specs) {
    const std::optional<std::string> value = lookup(spec.variable);
    if (value && !value->empty()) options.give(spec.option, *value, Origin::variable);
  }
  return options;
}

}  // namespace chainer
