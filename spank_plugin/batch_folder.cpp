#include "spank_plugin/batch_folder.hpp"

#include <chrono>

#include "spank_plugin/user_command.hpp"
#include "spank_plugin/variables.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_line = 1024 * 1024;
constexpr std::chrono::seconds controllers_patience{60};  // scontrol itself gives up earlier

Error unknown(const std::string& why) {
  return {"cannot learn the job's working directory, which this node lacks: " + why,
          "name a directory of the image with --chainer-workdir, and write the paths of mounts and "
          "files in full",
          0, Fault::try_again};
}

}  // namespace

Result<AskedFolder> folder_of_batch_script(const Attached& attached, const Step& step) {
  auto line = output_as_user(attached, step,
                             {"scontrol", "--oneliner", "show", "job", std::to_string(step.job_id)},
                             longest_line, controllers_patience);
  if (!line && line.error().error_number == ECANCELED) return std::move(line).error();
  if (!line) return unknown(line.error().what);
  auto folder =
      folder_of_batch_job(*line, variable_of(step.environment, "SLURM_SUBMIT_DIR").value_or(""));
  if (!folder) return unknown("scontrol does not show it");
  return *std::move(folder);
}

}  // namespace chainer
