// Turns a tag into a digest, by asking the registry through chainer-node.
#pragma once

#include <string>

#include "submit/plan/plan.hpp"
#include "submit/run/exit_code.hpp"
#include "submit/run/process.hpp"

namespace chainer::run {

/// Where chainer-node is: beside this program, in its libexec folder, in the build tree, or on the
/// PATH.
std::string find_chainer_node();

/// Why an image was not resolved, in the words of chainer-node.
struct PinFailure {
  ExitCode code;
  Error error;
};

struct PinAnswer {
  plan::PlannedImage image;        ///< pinned to its digest
  std::string foreign_platform{};  ///< "linux/arm64", where that is not this machine's
  std::string own_platform{};      ///< this machine's
};

/// Asks for the image's digest, and thus also whether it exists, and for its platform. `auth_file`
/// holds the credentials, if it is not empty.
std::variant<PinAnswer, PinFailure> pin_image(const plan::PlannedImage& image,
                                              const std::string& chainer_node,
                                              ProcessRunner& processes,
                                              const std::string& auth_file = {});

}  // namespace chainer::run
