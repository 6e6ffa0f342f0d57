// Asking for a plan's image, and what a failure means to a person.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "submit/plan/inspection.hpp"
#include "submit/run/image_pin.hpp"
#include "submit/run/services.hpp"

namespace chainer::cli {

/// Asks for the image's digest, with the run's own credentials if it has any.
std::variant<run::PinAnswer, run::PinFailure> pin_planned_image(const plan::Plan& plan,
                                                                const std::string& credentials,
                                                                const run::Services& services);

/// A finding that the image does not exist, at the key that names it; nothing where the site chose
/// the image, or where the registry may give another answer later.
std::optional<Finding> finding_of(const run::PinFailure& failure,
                                  const input::Estimator& estimator);

/// A warning that the image is for other machines than this one; nothing where it is not.
std::optional<Finding> finding_of(const run::PinAnswer& answer, const plan::Inspection& inspection);

}  // namespace chainer::cli
