// Programs run on the host, for a user's side that has given up starting any itself.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::builder {

/// Starts the site's chainer-inside outside of the image and gives its socket, for ImageExec. Call
/// it before confine_users_side. The program ends with the socket, and with this process.
Result<UniqueFd> start_host_exec(const std::string& tools);

}  // namespace chainer::builder
