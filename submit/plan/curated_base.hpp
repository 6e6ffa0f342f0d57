// The curated environment that a run with enable_optimized_mode is laid over.
#pragma once

#include <string>

#include "submit/input/estimator.hpp"
#include "submit/plan/plan.hpp"
#include "submit/plan/resolve.hpp"

namespace chainer::plan {

bool is_optimized(const input::Estimator& estimator);

/// The name of the lock that an administrator puts beside the recipe of this version:
/// `VERSION.lock.json`, or `VERSION.gpu.lock.json` for runs with use_gpu, which have another image.
std::string curated_lock_name(const std::string& version, bool has_gpus);
std::string curated_lock_name(const input::Estimator& estimator, const std::string& version);

/// Reports keys that leave nothing of the site's own image and environment to build on.
void check_optimized_mode(const input::Estimator& estimator, toml::Report& report);

/// The text of the lock that the run's packages are laid over; empty where all of them are
/// installed, with a warning where that was not asked for.
std::string base_lock_text(const input::Estimator& estimator, const CuratedLock& curated,
                           const PlannedImage& image, bool is_local, toml::Report& report);

}  // namespace chainer::plan
