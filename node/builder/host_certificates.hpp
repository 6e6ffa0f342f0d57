// The CA certificates that the site trusts.
#pragma once

#include <string>
#include <vector>

#include "node/builder/variables.hpp"

namespace chainer::builder {

/// The file of certificates on this host: the one that a variable of the job names, else that of a
/// builder's own configuration, else the host's own. Empty when none can be read.
std::string host_certificates(const Variables& job, const std::string& configured);

}  // namespace chainer::builder
