// The command line of another runtime: what the options of a step are called there.
#pragma once

#include <string>
#include <vector>

#include "core/container/mount_spec.hpp"
#include "core/runtime.hpp"

namespace chainer {

/// A place of the host's in the container.
struct RuntimeBind {
  std::string source;
  std::string destination;
  Access access{Access::read_write};

  bool operator==(const RuntimeBind&) const = default;
};

/// What a runtime is to start.
struct RuntimeOrder {
  Runtime runtime;
  std::string program;             ///< the runtime's
  std::string image;               ///< the folder that the container's root is made of
  std::string folder;              ///< the task's own, for files that the runtime keeps
  std::vector<RuntimeBind> binds;  ///< in this order: a later one may lie over an earlier one
  std::string command;             ///< what is started inside, without its arguments
};

/// Its command line, without the arguments of the command. Everybody on the node can read a command
/// line, so none of the task's variables is among them.
std::vector<std::string> runtime_command(const RuntimeOrder& order);

}  // namespace chainer
