// Why uv failed, in a few words.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/builder/image_exec.hpp"

namespace chainer::builder {

/// An error that starts with `what` ("cannot resolve requirements.txt"), goes on with uv's own
/// reason and ends with the last lines of a failed build, all without credentials. The fault tells
/// a wrong request from an index that is out of reach.
Error explain_uv_failure(const std::string& what, const ProgramOutput& output);

}  // namespace chainer::builder
