#include "submit/run/image_look.hpp"

#include <fmt/format.h>

#include "submit/input/recipe.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/image_programs.hpp"
#include "submit/run/slurm_question.hpp"

namespace chainer::run {
namespace {

using namespace std::chrono_literals;

// chainer-node ends a look by itself, after less.
constexpr auto patience_with_node = 60s;
constexpr double bytes_per_mb = 1e6;

/// Which Pythons the recipe works with, where the run installs it.
std::string pythons_of_recipe(const plan::Inspection& inspection) {
  const auto& estimator = *inspection.estimator;
  const auto& plan = *inspection.plan;
  if (plan.user_managed || estimator.environment_definition) return {};
  toml::Report ignored;  // the plan could not have been made with a recipe that does not read
  const auto recipe = input::read_recipe(inspection.site->recipes,
                                         {plan.framework_version, estimator.whole}, ignored);
  return recipe ? recipe->python : std::string();
}

std::vector<std::string> question_for_look(const NeededPrograms& needed, const std::string& image,
                                           const std::string& auth_file) {
  std::vector<std::string> argv{find_chainer_node(), "inspect", "--json", "--reference", image};
  if (!needed.mpi) argv.emplace_back("--python-only");
  if (!auth_file.empty()) argv.insert(argv.end(), {"--auth", auth_file});
  return argv;
}

std::string without_head(std::string why) {
  constexpr std::string_view head = "chainer: ";
  if (why.starts_with(head)) why.erase(0, head.size());
  return why;
}

std::string why_unread(const ImagePrograms& found) {
  if (found.unread_bytes == 0) return "it takes too long to read all of it";
  return fmt::format("layers of {:.0f} MB are more than is read for a look",
                     static_cast<double>(found.unread_bytes) / bytes_per_mb);
}

}  // namespace

void look_into_image(const plan::Inspection& inspection, const std::string& image,
                     const std::string& auth_file, const Services& services, Console& console,
                     ClusterAnswer& answer) {
  const auto needed =
      NeededPrograms::of(*inspection.plan, *inspection.site, pythons_of_recipe(inspection));
  if (!needed.python && !needed.mpi) return;
  const auto skip = [&](const std::string& what, std::string why) {
    answer.not_looked_at.push_back({"whether the image holds " + what, std::move(why)});
  };
  const auto reply = ask_for_success(question_for_look(needed, image, auth_file), services, console,
                                     patience_with_node);
  if (const auto* silence = std::get_if<Unanswered>(&reply)) {
    answer.is_interrupted = silence->is_interrupted;
    return skip(needed.to_string(), without_head(silence->why));
  }
  const auto found = ImagePrograms::read(std::get<Finished>(reply).out);
  if (!found) return skip(needed.to_string(), "chainer-node gave no answer that can be read");
  const ValueOrigins origins(*inspection.estimator, *inspection.site);
  toml::Report report;
  const auto open =
      check_programs(needed, *found, plan::text_of(inspection.plan->image), origins, report);
  if (!open.empty()) skip(open, why_unread(*found));
  const auto findings = report.sorted();
  answer.findings.insert(answer.findings.end(), findings.begin(), findings.end());
}

}  // namespace chainer::run
