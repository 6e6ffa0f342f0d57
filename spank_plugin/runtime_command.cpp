#include "spank_plugin/runtime_command.hpp"

namespace chainer {
namespace {

/// A field of a line of comma-separated values (RFC 4180), as --mount takes them.
std::string field(const std::string& key, const std::string& value) {
  std::string quoted = "\"";
  for (const char c : key + "=" + value) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string mount_line(const RuntimeBind& bind) {
  const std::string line =
      "type=bind," + field("source", bind.source) + "," + field("destination", bind.destination);
  return bind.access == Access::read_only ? line + ",ro" : line;
}

/// Turns off what Apptainer mounts by itself, because the binds name everything that a step shows.
/// The working directory is chosen inside the container.
std::vector<std::string> apptainer_command(const RuntimeOrder& order) {
  std::vector<std::string> words{order.program, "--silent",   "exec",
                                 "--no-home",   "--no-mount", "home,tmp,cwd,bind-paths",
                                 "--pwd",       "/"};
  for (const auto& bind : order.binds) {
    words.emplace_back("--mount");
    words.push_back(mount_line(bind));
  }
  words.push_back(order.image);
  words.push_back(order.command);
  return words;
}

}  // namespace

std::vector<std::string> runtime_command(const RuntimeOrder& order) {
  switch (order.runtime) {
    case Runtime::apptainer:
    case Runtime::singularity: return apptainer_command(order);
    case Runtime::native: break;
  }
  return {};
}

}  // namespace chainer
