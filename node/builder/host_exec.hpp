// Programs run on the host, for a user's side that has given up starting any itself.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::builder {

/// Starts the site's chainer-inside outside of the image; its socket, for ImageExec. To be called
/// before confine_users_side. It ends with the socket, and with us.
Result<UniqueFd> start_host_exec(const std::string& tools);

}  // namespace chainer::builder
