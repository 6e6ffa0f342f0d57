// A container that an account starts for itself: user, mount, PID and IPC namespaces, no root.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_size.hpp"
#include "core/container/mount_spec.hpp"
#include "core/container/name_files.hpp"
#include "core/result.hpp"
#include "node/rootless/supervisor.hpp"
#include "node/wire/message.hpp"

namespace chainer::rootless {

/// A squashfs file, and how its contents become a folder.
struct ShownFile {
  std::string file;
  std::string unpacked;  ///< a folder that has them; empty: squashfuse mounts them
};

/// A folder of the host that the program needs at a fixed place.
struct FixedFolder {
  std::string source, destination;
  Access access;
};

struct ContainerParts {
  ShownFile image;
  std::optional<ShownFile> environment;
  std::vector<FixedFolder> folders;
  std::vector<MountSpec> mounts;
  UserNames names;
  std::string working_directory;  ///< on the host
  ByteSize shm_size;
  bool writable{false};
  std::string squashfuse;   ///< the program; empty where everything is unpacked
  std::string mount_point;  ///< an empty folder, where the new root is put together
};

/// Starts a container. Its first process puts it together and runs `program` in it as this account:
/// a function whose result is the exit code, if it returns at all. Everything in the container ends
/// when that process does, and that process ends with this one. It exits as the program does,
/// prints an error of its own, and passes signals that it gets on to the program.
Result<pid_t> start_container(const ContainerParts& parts, const BlockedSignals& signals,
                              const wire::Say& say, const std::function<int()>& program);

}  // namespace chainer::rootless
