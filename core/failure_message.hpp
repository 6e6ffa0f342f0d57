// How an error reads on the stderr of a step, whoever reports it: root, a helper, chainer-node.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// `chainer: LABEL: cannot …: …` and `next: …`, without the last line end. An empty label is left
/// out. What others wrote is made printable here, whatever the error is made of.
std::string failure_message(std::string_view label, const Error& error);

}  // namespace chainer
