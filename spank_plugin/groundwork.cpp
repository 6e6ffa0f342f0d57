#include "spank_plugin/groundwork.hpp"

#include <algorithm>
#include <iterator>

#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/user_binds.hpp"

namespace chainer {

Result<Groundwork> lay_groundwork(const Step& step, const PluginConf& conf) {
  TRY_ASSIGN(auto names, look_up_names(step.account));
  TRY_ASSIGN(auto binds, host_binds(step, conf));
  return Groundwork{std::move(names), std::move(binds)};
}

Result<ContainerParts> complete_parts(const Attached& attached, Groundwork groundwork,
                                      const Step& step, const Request& request,
                                      const PluginConf& conf) {
  TRY_ASSIGN(auto binds, user_binds(attached, step, request, groundwork.binds,
                                    groundwork.names.home, current_directory()));
  std::ranges::move(binds, std::back_inserter(groundwork.binds.binds));
  return ContainerParts{{std::move(groundwork.binds.binds), std::move(groundwork.names),
                         request.shm_size, request.writable},
                        step.account,
                        conf.run_dir};
}

}  // namespace chainer
