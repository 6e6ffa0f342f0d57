#include "submit/cli/doctor_command.hpp"

#include "submit/cli/answer.hpp"
#include "submit/cli/node_program.hpp"
#include "submit/doctor/doctor.hpp"
#include "submit/run/image_pin.hpp"

namespace chainer::cli {
run::ExitCode examine_site(const CommandLine& line, const Surroundings& surroundings,
                           const run::Services& services, run::Console& console) {
  const auto& file = site_file_of(line, surroundings);
  const auto inspection =
      file.empty() ? plan::Inspection{} : plan::inspect_site(file, surroundings.working_folder);
  doctor::ClusterOrder order{
      file, surroundings.user, run::find_chainer_node(),
      line.is_of_all_nodes ? doctor::Reach::all_nodes : doctor::Reach::this_host};
  if (line.is_of_gpus)
    order.gpus = doctor::GpuOrder{find_on_nodes("chainer-gpu-probe", "gpu_probe"), line.gpu_image};
  const auto report = doctor::examine_cluster(inspection, order, services, console);
  console.out(line.format == Format::json
                  ? doctor::cluster_json(report)
                  : doctor::cluster_text(report, console.colour_of_output()));
  if (report.is_interrupted) return run::ExitCode::interrupted;
  if (report.is_site_wrong) return run::ExitCode::wrong_input;
  return has_problem(report.all()) ? run::ExitCode::try_again : run::ExitCode::done;
}

}  // namespace chainer::cli
