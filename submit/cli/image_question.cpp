#include "submit/cli/image_question.hpp"

#include <fmt/format.h>

#include "submit/run/passed_file.hpp"
#include "submit/run/value_origins.hpp"

namespace chainer::cli {

std::variant<run::PinAnswer, run::PinFailure> pin_planned_image(const plan::Plan& plan,
                                                                const std::string& credentials,
                                                                const run::Services& services) {
  if (credentials.empty()) {
    return run::pin_image(plan.image, run::find_chainer_node(), services.processes);
  }
  const auto passed = run::PassedFile::with(credentials);
  if (!passed) return run::PinFailure{run::exit_code_of(passed.error().fault), passed.error()};
  return run::pin_image(plan.image, run::find_chainer_node(), services.processes, passed->path());
}

std::optional<Finding> finding_of(const run::PinFailure& failure,
                                  const input::Estimator& estimator) {
  const bool is_new_name = estimator.custom_docker_image.has_value();
  const auto& image =
      is_new_name ? estimator.custom_docker_image : estimator.custom_docker_base_image;
  if (failure.code != run::ExitCode::wrong_input || !image) return std::nullopt;
  return Finding{
      image->place.file, image->place.at, Severity::error,
      fmt::format("{}: {}", is_new_name ? "custom_docker_image" : "custom_docker_base_image",
                  failure.error.what),
      failure.error.hint};
}

std::optional<Finding> finding_of(const run::PinAnswer& answer,
                                  const plan::Inspection& inspection) {
  if (answer.foreign_platform.empty()) return std::nullopt;
  const auto origin = run::ValueOrigins(*inspection.estimator, *inspection.site).image();
  const auto& image = plan::text_of(inspection.plan->image);
  return Finding{origin.place.file, origin.place.at, Severity::warning,
                 fmt::format("{} is for {}, and this machine is {}",
                             origin.key.empty() ? "the site's image " + image
                                                : origin.key + ": the image " + image,
                             answer.foreign_platform, answer.own_platform),
                 "where the nodes are as this machine, build it here, or name their platform to "
                 "docker build with --platform"};
}

}  // namespace chainer::cli
