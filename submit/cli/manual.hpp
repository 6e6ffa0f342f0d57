// The manual pages, in the macros of man(7): docs/man.
#pragma once

#include <string>
#include <string_view>

namespace chainer::cli {

/// chainer-submit(1), from the definition of the command line.
std::string command_manual();

/// chainer-estimator(5), from the key table.
std::string estimator_manual();

/// The estimator that chainer-estimator(5) shows.
extern const std::string_view example_estimator;

}  // namespace chainer::cli
