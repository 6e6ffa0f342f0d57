// The manual pages of the login side: docs/man.
#pragma once

#include <string>
#include <string_view>

namespace chainer::cli {

/// chainer-submit(1), from the definition of the command line.
std::string command_manual();

/// chainer-estimator(5), from the key table.
std::string estimator_manual();

/// chainer-site(5), from the site file's key table.
std::string site_manual();

}  // namespace chainer::cli
