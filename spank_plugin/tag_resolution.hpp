// The digest that an image's tag stands for, asked for once for all nodes of a step: a tag that
// moves during the launch never splits a step.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "spank_plugin/command_output.hpp"
#include "spank_plugin/options.hpp"

namespace chainer {

/// In srun, as the user: a running `chainer-node resolve`.
class TagResolution {
 public:
  /// Begins to ask for the digest of the options' image. Nothing when there is nothing to ask: no
  /// image, a pinned one, or a host without plugin.conf, where the nodes resolve by themselves.
  static Result<std::optional<TagResolution>> begin(const RawOptions& options,
                                                    const std::string& conf_path);

  /// The digest, `sha256:…`. An Error without text was printed by chainer-node.
  Result<std::string> finish() &&;

 private:
  TagResolution(std::string helper, RunningCommand command)
      : helper_(std::move(helper)), command_(std::move(command)) {}

  std::string helper_;
  RunningCommand command_;
};

}  // namespace chainer
