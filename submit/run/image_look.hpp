// A look into a run's image through chainer-node, before there is a job.
#pragma once

#include <string>

#include "submit/plan/inspection.hpp"
#include "submit/run/console.hpp"
#include "submit/run/online_check.hpp"
#include "submit/run/services.hpp"

namespace chainer::run {

/// Adds to the answer what the image of an inspection that found nothing lacks, or that nobody
/// could look. `image` is its reference with the digest; `auth_file` holds the credentials, where
/// it is named.
void look_into_image(const plan::Inspection& inspection, const std::string& image,
                     const std::string& auth_file, const Services& services, Console& console,
                     ClusterAnswer& answer);

}  // namespace chainer::run
