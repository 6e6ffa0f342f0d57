// Which image a run gets.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/resolve.hpp"

namespace chainer::plan {

/// Whether the run uses the host's own file system.
bool is_on_host(const input::Estimator& estimator);

/// Reports an image that is given under both its old and its new name, and one beside use_docker =
/// false.
void check_image_keys(const input::Estimator& estimator, toml::Report& report);

/// NoImage with use_docker = false; else the estimator's image, else the site's for runs with or
/// without use_gpu. It is already pinned where the reference holds a digest.
std::optional<PlannedImage> choose_image(const input::Estimator& estimator, const input::Site& site,
                                         const Facts& facts, toml::Report& report);

}  // namespace chainer::plan
