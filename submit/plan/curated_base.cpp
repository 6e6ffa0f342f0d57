#include "submit/plan/curated_base.hpp"

#include <fmt/format.h>

#include "core/environment_files.hpp"
#include "core/name_list.hpp"
#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/conda_list.hpp"
#include "submit/plan/package_keys.hpp"

namespace chainer::plan {
namespace {

constexpr std::string_view keys_without_base[] = {"environment_definition", "custom_docker_image",
                                                  "custom_docker_base_image"};

bool flag_of(const input::Estimator& estimator, input::Given<bool> input::Estimator::*flag) {
  return estimator.*flag ? (estimator.*flag)->value
                         : input::default_of(input::estimator_keys(), flag);
}

/// The keys that rule out a base, and where each stands.
std::string keys_beside(const input::Estimator& estimator) {
  std::string beside;
  const auto add = [&](std::string_view key, std::string_view value) {
    const auto found = estimator.written.find(std::string(key));
    if (found == estimator.written.end()) return;
    append_name(beside,
                fmt::format("{}{} ({})", key, value,
                            input::mention(found->second, estimator.enable_optimized_mode->place)));
  };
  for (const auto key : keys_without_base) add(key, "");
  if (is_user_managed(estimator)) add("user_managed", " = true");
  if (!flag_of(estimator, &input::Estimator::use_docker)) add("use_docker", " = false");
  return beside;
}

/// Why there is no base for this run; empty where there is one.
std::string lack_of_base(const input::Estimator& estimator, const CuratedLock& curated,
                         const PlannedImage& image, bool is_local) {
  if (is_local) return "a run on this machine has no store of the site's";
  if (uses_conda(estimator)) return "conda's packages are laid over no curated environment";
  if (curated.text.empty())
    return fmt::format("the site has no {} beside its recipe", curated.name);
  const auto* reference = reference_of(image);
  const auto pinned = reference ? reference->pinned() : std::nullopt;
  if (pinned && curated.text.find(pinned->to_string()) == std::string::npos)
    return fmt::format("{} was made for another image", curated.name);
  return {};
}

}  // namespace

bool is_optimized(const input::Estimator& estimator) {
  return flag_of(estimator, &input::Estimator::enable_optimized_mode);
}

std::string curated_lock_name(const std::string& version, bool has_gpus) {
  return version + (has_gpus ? ".gpu" : "") + std::string(lock_suffix);
}

std::string curated_lock_name(const input::Estimator& estimator, const std::string& version) {
  return curated_lock_name(version, flag_of(estimator, &input::Estimator::use_gpu));
}

void check_optimized_mode(const input::Estimator& estimator, toml::Report& report) {
  if (!is_optimized(estimator)) return;
  const auto beside = keys_beside(estimator);
  if (beside.empty()) return;
  report.error(estimator.enable_optimized_mode->place,
               fmt::format("enable_optimized_mode builds on the site's own image and its curated "
                           "environment, and stands beside {}",
                           beside),
               "remove these; or remove enable_optimized_mode, and all is built");
}

std::string base_lock_text(const input::Estimator& estimator, const CuratedLock& curated,
                           const PlannedImage& image, bool is_local, toml::Report& report) {
  if (!is_optimized(estimator)) return {};
  const auto lack = lack_of_base(estimator, curated, image, is_local);
  if (lack.empty()) return curated.text;
  report.warning(estimator.enable_optimized_mode->place,
                 fmt::format("enable_optimized_mode has no effect: {}", lack),
                 "the environment is built whole, which takes longer; an administrator makes "
                 "curated ones with chainer-node envs build");
  return {};
}

}  // namespace chainer::plan
