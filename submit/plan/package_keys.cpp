#include "submit/plan/package_keys.hpp"

#include <fmt/format.h>

#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"

namespace chainer::plan {
namespace {

constexpr std::string_view package_keys[] = {
    "conda_packages",          "pip_packages",
    "conda_dependencies_file", "conda_dependencies_file_path",
    "pip_requirements_file",   "pip_requirements_file_path",
};

}  // namespace

bool is_user_managed(const input::Estimator& estimator) {
  return estimator.user_managed
             ? estimator.user_managed->value
             : input::default_of(input::estimator_keys(), &input::Estimator::user_managed);
}

void check_package_keys(const input::Estimator& estimator, toml::Report& report) {
  if (!is_user_managed(estimator)) return;
  const auto beside =
      input::mention_written(estimator, package_keys, estimator.user_managed->place);
  if (beside.empty()) return;
  report.error(estimator.user_managed->place,
               fmt::format("user_managed installs nothing, and stands beside {}", beside),
               "remove these, and let the image bring the packages; or remove user_managed");
}

}  // namespace chainer::plan
