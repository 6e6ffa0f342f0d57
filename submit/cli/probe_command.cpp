#include "submit/cli/probe_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "submit/cli/answer.hpp"
#include "submit/cli/node_program.hpp"
#include "submit/doctor/mpi_comparison.hpp"
#include "submit/run/cluster_facts.hpp"
#include "submit/run/image_pin.hpp"

namespace chainer::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_srun = 20s;
constexpr char usual_mpi[] = "pmix";

/// What ends the command before there is a job.
struct Refused {
  Error error;
  run::ExitCode code;
};

template <typename T>
using OrRefused = std::variant<T, Refused>;

Refused wrong_option(const std::string& what, const std::string& hint) {
  return {{what, hint}, run::ExitCode::wrong_usage};
}

/// Null: the partition that Slurm takes by itself.
OrRefused<const input::ComputeTarget*> target_of(const CommandLine& line, const input::Site& site) {
  if (line.target.empty()) return nullptr;
  if (const auto* target = site.find_target(line.target)) return target;
  std::vector<std::string_view> names;
  for (const auto& target : site.targets) names.push_back(target.name);
  const auto meant = nearest(line.target, names);
  return wrong_option(fmt::format("--target: unknown compute target '{}'", line.target),
                      !meant.empty()  ? fmt::format("did you mean '{}'?", meant)
                      : names.empty() ? "name a site file with targets: --site FILE"
                                      : fmt::format("the site has {}", fmt::join(names, ", ")));
}

OrRefused<ImageRef> image_of(const CommandLine& line, const input::Site& site,
                             const input::ComputeTarget* target) {
  if (!line.probed_image.empty()) {
    auto image = ImageRef::parse(line.probed_image);
    if (!image) return wrong_option("--image: " + image.error().what, image.error().hint);
    return *std::move(image);
  }
  const bool is_of_gpus = target && target->node_type.gpus > 0 && site.gpu_image;
  const auto& image = is_of_gpus ? site.gpu_image : site.cpu_image;
  if (image) return *image;
  return wrong_option("the site file names no image", "name one with an MPI: --image REF");
}

/// By its digest, so that all rounds and nodes have the same one.
OrRefused<std::string> pinned(const ImageRef& image, bool is_of_option,
                              const run::Services& services) {
  const auto pinned =
      run::pin_image(plan::TaggedImage{image}, run::find_chainer_node(), services.processes);
  if (const auto* failure = std::get_if<run::PinFailure>(&pinned)) {
    return Refused{Error(failure->error).within(is_of_option ? "--image" : "the site's image"),
                   failure->code};
  }
  return plan::text_of(std::get<run::PinAnswer>(pinned).image);
}

std::vector<std::string> options_of(const input::ComputeTarget* target) {
  std::vector<std::string> options;
  if (!target) return options;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options.push_back(fmt::format("--{}={}", name, value));
  };
  add("account", target->account);
  add("partition", target->partition);
  add("qos", target->qos);
  add("constraint", target->constraint);
  return options;
}

/// Without a target, what all targets of the site have.
std::string mpi_of(const input::ComputeTarget* target, const input::Site& site) {
  if (!target && !site.targets.empty()) {
    const auto& first = site.targets.front().mpi;
    const auto has_it = [&](const input::ComputeTarget& other) { return other.mpi == first; };
    if (std::ranges::all_of(site.targets, has_it)) target = &site.targets.front();
  }
  return target && !target->mpi.empty() ? target->mpi : usual_mpi;
}

/// Where srun says what it can start, it has to be among that.
std::optional<Refused> why_not_by(const std::string& mpi, const run::Services& services,
                                  run::Console& console) {
  const auto reply = run::ask({"srun", "--mpi=list"}, services, console, patience_with_srun);
  if (const auto* silence = std::get_if<run::Unanswered>(&reply)) {
    return Refused{
        {"cannot ask Slurm: " + silence->why, "see that Slurm's commands work on this host"},
        silence->is_interrupted ? run::ExitCode::interrupted : run::ExitCode::try_again};
  }
  const auto& said = std::get<run::Finished>(reply);
  const auto types = run::read_mpi_types(said.out + "\n" + said.err);
  if (types.empty() || std::ranges::find(types, mpi) != types.end()) return std::nullopt;
  return Refused{{fmt::format("srun has no --mpi={}", mpi),
                  fmt::format("install Slurm's plugin for it; srun --mpi=list shows {}",
                              fmt::join(types, ", "))},
                 run::ExitCode::try_again};
}

OrRefused<doctor::MpiOrder> order_of(const CommandLine& line, const input::Site& site,
                                     const run::Services& services, run::Console& console) {
  auto target = target_of(line, site);
  if (auto* refused = std::get_if<Refused>(&target)) return std::move(*refused);
  const auto* at = std::get<const input::ComputeTarget*>(target);
  auto image = image_of(line, site, at);
  if (auto* refused = std::get_if<Refused>(&image)) return std::move(*refused);
  const auto mpi = mpi_of(at, site);
  if (auto refused = why_not_by(mpi, services, console)) return *std::move(refused);
  auto reference = pinned(std::get<ImageRef>(image), !line.probed_image.empty(), services);
  if (auto* refused = std::get_if<Refused>(&reference)) return std::move(*refused);
  return doctor::MpiOrder{find_on_nodes("chainer-mpi-probe", "mpi_probe"),
                          std::get<std::string>(std::move(reference)), mpi, line.nodes,
                          options_of(at)};
}

}  // namespace

run::ExitCode probe_mpi(const CommandLine& line, const Surroundings& surroundings,
                        const run::Services& services, run::Console& console) {
  const auto site = site_for(line, surroundings, console);
  if (!site) return run::ExitCode::wrong_input;
  const auto order = order_of(line, *site, services, console);
  if (const auto* refused = std::get_if<Refused>(&order)) {
    return refused->code == run::ExitCode::interrupted
               ? refused->code
               : show_error(line, refused->error, refused->code, console);
  }
  const auto& asked = std::get<doctor::MpiOrder>(order);
  const auto answer = doctor::survey_mpi(asked, services, console);
  if (const auto* silence = std::get_if<run::Unanswered>(&answer)) {
    if (silence->is_interrupted) return run::ExitCode::interrupted;
    return show_error(line,
                      {fmt::format("Slurm gives no job on {} nodes: {}", asked.nodes, silence->why),
                       "ask again when nodes are free; --target says which, and --nodes how many"},
                      run::ExitCode::try_again, console);
  }
  const auto& survey = std::get<doctor::MpiSurvey>(answer);
  console.out(line.format == Format::json
                  ? doctor::mpi_json(survey, asked.image)
                  : doctor::mpi_text(survey, asked.image, console.colour_of_output()));
  return has_problem(survey.findings) ? run::ExitCode::run_failed : run::ExitCode::done;
}

}  // namespace chainer::cli
