// The user's places that a container sees: home, working directory and mounts.
#pragma once

#include <string>
#include <vector>

#include "core/container/bind.hpp"
#include "core/result.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/step.hpp"
#include "spank_plugin/step_channel.hpp"

namespace chainer {

/// Opens, as the user, the unsafe places, home and working directory where they can be opened, then
/// the mounts of the request; a mount that cannot be opened is the user's error. What the host's
/// binds show anyway is left out, and with it the child that would have to open it.
Result<std::vector<Bind>> user_binds(const Attached& attached, const Step& step,
                                     const Request& request, const HostBinds& of_host,
                                     const std::string& home, const std::string& working_directory);

}  // namespace chainer
