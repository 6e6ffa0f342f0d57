// What srun, sbatch and salloc do themselves, as the user, before there is anything on a node.
#pragma once

#include <string>

#include "core/result.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

/// Whose word the value of an option is that Slurm gives to srun, sbatch or salloc. What a job's
/// sbatch or salloc was given reaches them like an option of their own, but Slurm carries it in a
/// variable.
Origin origin_of(const OptionSpec& spec, const std::string& value);

/// Slurm carries only the last value of a repeated option: all mounts go into the option's
/// variable, which the job's environment carries.
void pass_on_mounts(const RawOptions& options);

/// srun: asks `chainer-node resolve` for the digest of an image that is not pinned, and leaves it
/// in resolved_variable for the nodes, so that a tag which moves during the launch never splits a
/// step. On a host without plugin.conf the nodes resolve by themselves. An Error without text was
/// printed by chainer-node.
Result<void> resolve_image_tag(const RawOptions& options, const std::string& conf_path);

}  // namespace chainer
