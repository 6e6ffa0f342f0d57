// The places of the host's that a step's container sees where another runtime starts it: the same as
// with the native one, opened by the runtime with the user's own rights.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "spank_plugin/bind_list.hpp"
#include "spank_plugin/request.hpp"
#include "spank_plugin/runtime_command.hpp"

namespace chainer {

struct RuntimeFolders {
  std::vector<HostPlace> of_host;
  std::string of_pmix;  ///< the tasks' own files for PMIx, where the user named a place for them
  std::string home;     ///< the account's
  std::string working_directory;
  std::string work;  ///< the user's own folder of this step on the node, for what lies in memory
};

/// Called as the user, on the host's root. Makes the folders in memory that are asked for. It is an
/// error when a mount source of the user's, or a place that the site demands, is not there; home and
/// working directory are left out then.
Result<std::vector<RuntimeBind>> runtime_binds(const Request& request,
                                               const RuntimeFolders& folders);

}  // namespace chainer
