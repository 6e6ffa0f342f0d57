// Which image a run gets.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/resolve.hpp"

namespace chainer {

/// Whether the run is on the host's own file system.
bool is_on_host(const Estimator& estimator);

/// Reports an image that is given under its old and its new name, and one beside use_docker = false.
void check_image_keys(const Estimator& estimator, Report& report);

/// NoImage with use_docker = false; the estimator's image, else the site's for use_gpu or without. Already pinned where the
/// reference holds a digest.
std::optional<PlannedImage> choose_image(const Estimator& estimator, const Site& site,
                                         const Facts& facts, Report& report);

}  // namespace chainer
