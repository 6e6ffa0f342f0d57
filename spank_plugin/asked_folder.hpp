// The working directory that a person asked srun for. Slurm goes to /tmp where a node does not have
// it, and tells nobody what was asked for; a folder that only the image has is such a case.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer {

struct AskedFolder {
  /// How it was asked for: by srun's --chdir or its variable, or by where srun was started.
  enum class By { option, place };
  By by;
  std::string path;  ///< absolute

  /// The text that travels in asked_variable, and back. A malformed text gives nothing.
  std::string to_text() const;
  static std::optional<AskedFolder> parse(std::string_view text);
};

/// The variable in which srun tells the nodes. Variables named SLURM_… arrive whatever --export
/// says.
inline constexpr char asked_variable[] = "SLURM_SPANK_CHAINER_FOLDER";

/// Where Slurm starts a command when it cannot enter the folder that was asked for.
inline constexpr char slurms_fallback[] = "/tmp";

/// `words` are srun's own options (its command line without the command), `lookup` answers a
/// variable of srun's environment, `here` is where srun was started.
AskedFolder asked_folder(const std::vector<std::string>& words,
                         const std::function<std::optional<std::string>(const char*)>& lookup,
                         const std::string& here);

/// The working directory of a batch job, from what `scontrol --oneliner show job` prints: one line
/// for each component, the first of which has the script; a job's name may break the line. It
/// counts as given by an option where it is not `submitted_from`.
std::optional<AskedFolder> folder_of_batch_job(std::string_view line,
                                               std::string_view submitted_from);

/// srun's own options, from the command line that the kernel keeps; its last `command_words` words
/// are the command's.
std::vector<std::string> options_of_srun(std::size_t command_words);

}  // namespace chainer
