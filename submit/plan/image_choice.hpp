// Which image a run gets.
#pragma once

#include <optional>
#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/resolve.hpp"

namespace chainer {

/// Reports an image that is given under its old and its new name.
void check_image_keys(const Estimator& estimator, Report& report);

/// The estimator's image, else the site's for use_gpu or without. Already pinned where the
/// reference holds a digest.
std::optional<PlannedImage> choose_image(const Estimator& estimator, const Site& site,
                                         const Facts& facts, Report& report);

}  // namespace chainer
