// The site's TaskProlog, which Slurm runs after task_init and therefore inside the container.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"

namespace chainer {

/// Called in srun, sbatch and salloc: an error when slurm.conf, as this host has it, names a
/// TaskProlog that a container would lack. On the nodes only Slurm would say so, in its own words:
/// "can not be executed".
Result<void> check_task_prolog_is_known(const PluginConf& conf);

/// A file's text; empty where it cannot be read.
using ReadFile = std::function<std::string(const std::string& path)>;

/// TaskProlog of a slurm.conf's text, which lies at `path`, and of the files that it includes;
/// empty when it has none. Slurm tells it to no plugin, and asking the controller would slow down
/// every srun.
std::string task_prolog_of(std::string_view slurm_conf, const std::string& path,
                           const ReadFile& read);

/// Called in the container, as the user. Of a script whose interpreter the image lacks Slurm only
/// says "TaskProlog failed status=127"; this says what is missing. An empty path means no prolog.
Result<void> check_task_prolog(const std::string& path);

}  // namespace chainer
