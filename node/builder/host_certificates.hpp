// The CA certificates that the site trusts.
#pragma once

#include <string>
#include <vector>

#include "node/builder/variables.hpp"

namespace chainer::builder {

/// The file of certificates on this host: what a variable of the job's names, then what a
/// builder's own configuration does, then the host's own. Empty when there is none to read.
std::string host_certificates(const Variables& job, const std::string& configured);

}  // namespace chainer::builder
