#include "node/rootless/container.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/container/bind.hpp"
#include "core/container/image_environment.hpp"
#include "core/container/mount_tree.hpp"
#include "core/container/path_text.hpp"
#include "core/container/place.hpp"
#include "core/container/root_folder.hpp"
#include "core/failure_message.hpp"
#include "core/open_beneath.hpp"
#include "node/rootless/fuse_mount.hpp"
#include "node/rootless/user_namespace.hpp"

namespace chainer::rootless {
namespace {

using Standing = Bind::Standing;

constexpr int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;

struct Place {
  std::string path;  ///< on the host
  std::string destination;
  MountFlags flags;
  Standing standing{Standing::fixed};
};

/// A tree of the host's; an error with errno where it cannot be opened.
Result<Bind> open_bind(const Place& place) {
  const UniqueFd opened(open_without_magic_links(place.path.c_str(), O_PATH | O_CLOEXEC));
  if (!opened) return Error::from_errno("cannot open " + place.path, errno);
  auto tree = clone_tree(opened.get(), place.flags);
  if (!tree) return std::move(tree).error().within("cannot bind " + place.path);
  return Bind{*std::move(tree), is_folder(opened.get()) ? Bind::Kind::directory : Bind::Kind::file,
              place.destination, place.standing};
}

/// The processes of this container alone.
Result<Bind> own_proc() {
  auto tree = mount_proc();
  if (!tree) {
    return std::move(tree).error().with_hint(
        "parts of /proc are hidden here, as in most containers: run it outside of that");
  }
  return Bind{*std::move(tree), Bind::Kind::directory, "/proc"};
}

Result<void> add_mount(const MountSpec& written, const std::string& working_directory,
                       std::vector<Bind>& binds) {
  TRY_ASSIGN(const auto mount, written.in(working_directory));
  const auto flags = nosuid_nodev();
  if (mount.kind == MountSpec::Kind::tmpfs) {
    TRY_ASSIGN(auto empty, mount_tmpfs(unbounded_tmpfs, 01777, flags));
    binds.push_back(
        {std::move(empty), Bind::Kind::directory, mount.destination, Standing::asked_for});
    return {};
  }
  auto bind = open_bind({absolute(mount.source, working_directory), mount.destination,
                         mount.access == Access::read_only ? read_only(flags) : flags,
                         Standing::asked_for});
  if (!bind) {
    auto error = std::move(bind).error().within("cannot mount " + mount.source);
    error.fault = Fault::user;
    return std::move(error).with_hint(
        "correct --mount: the source must exist, and be yours to enter");
  }
  binds.push_back(*std::move(bind));
  return {};
}

/// What to bind, in the order in which it is attached. What this machine does not have is left out.
Result<std::vector<Bind>> open_binds(const ContainerParts& parts) {
  const auto here = nosuid_nodev();
  std::vector<Bind> binds;
  TRY_ASSIGN(auto proc, own_proc());
  binds.push_back(std::move(proc));
  std::vector<Place> places{
      {"/sys", "/sys", here},
      {"/dev", "/dev", nosuid()},
      {"/tmp", "/tmp", here, Standing::replaceable},
      {"/etc/resolv.conf", "/etc/resolv.conf", read_only(here), Standing::replaceable},
      {"/etc/hosts", "/etc/hosts", read_only(here), Standing::replaceable},
  };
  for (const auto& [source, destination, access] : parts.folders) {
    places.push_back({source, destination, access == Access::read_only ? read_only(here) : here});
  }
  const auto add = [&](const Place& place) -> Result<void> {
    auto bind = open_bind(place);
    if (bind)
      binds.push_back(*std::move(bind));
    else if (place.standing == Standing::fixed)
      return std::move(bind).error();
    return {};
  };
  for (const auto& place : places) TRY(add(place));
  for (const auto& path : folders_of_user(binds, parts.names.home, parts.working_directory))
    TRY(add({path, path, here, Standing::wished}));
  for (const auto& mount : parts.mounts) TRY(add_mount(mount, parts.working_directory, binds));
  return binds;
}

/// The file's contents as a detached tree.
Result<UniqueFd> show(const ShownFile& shown, const std::string& squashfuse, const Staging& staging,
                      const char* name) {
  auto folder = shown.unpacked;
  if (folder.empty()) {
    TRY(staging.make_folder(name));
    folder = staging.path_of(name);
    TRY(mount_by_fuse(squashfuse, shown.file, folder));
  }
  const UniqueFd place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return Error::from_errno("cannot open " + folder, errno);
  return clone_tree(place.get(), read_only(nosuid_nodev()));
}

Result<void> build(const ContainerParts& parts) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return no_user_namespaces(errno);
  // The host's places come first: later the new root covers one of them.
  TRY_ASSIGN(auto binds, open_binds(parts));
  const UniqueFd place(::open(parts.mount_point.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return Error::from_errno("cannot open " + parts.mount_point, errno);
  RootParts inside{std::move(binds), parts.names, parts.shm_size, parts.writable};
  TRY_ASSIGN(const auto staging,
             Staging::over(place.get(), parts.mount_point, inside.staging_size()));
  TRY_ASSIGN(auto image, show(parts.image, parts.squashfuse, staging, "image"));
  if (parts.environment) {
    TRY_ASSIGN(auto tree, show(*parts.environment, parts.squashfuse, staging, "environment"));
    inside.binds.push_back({std::move(tree), Bind::Kind::directory, env_prefix});
  }
  TRY(add_name_files(image.get(), staging, inside));
  TRY_ASSIGN(auto root,
             attach_image(std::move(image), staging, inside, CopyUp::whole, MountedBy::user));
  TRY(complete_root(root, inside, [&](const std::string& path) -> Result<UniqueFd> {
    UniqueFd opened(open_in_root(root.root(), path.c_str(), O_PATH | O_CLOEXEC));
    if (opened) return opened;
    return Error::from_errno("cannot open the mount point " + path, errno, Fault::user);
  }));
  return make_it_the_root(root.root());
}

/// The first process of the container, from its start to its end.
int be_first(const ContainerParts& parts, const Identity& user, const BlockedSignals& signals,
             const wire::Say& say, const std::function<int()>& program) {
  ::prctl(PR_SET_NAME, "chainer-first", 0, 0, 0);
  const mode_t mask = ::umask(0);
  const auto fail = [&](const Error& error) {
    say(failure_message({}, error));
    return wire::exit_code_of(error.fault);
  };
  if (auto built = build(parts); !built) return fail(built.error());
  ::umask(mask);
  const auto started = start_in_user_namespace(user, 0, [&] {
    // From here on the account is itself again, and root of nothing.
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    signals.restore();
    return program();
  });
  if (!started) return fail(started.error());
  ::close_range(3, ~0U, 0);  // only the program keeps pipes whose end others wait for
  return signals.wait_for(*started);
}

}  // namespace

Result<pid_t> start_container(const ContainerParts& parts, const BlockedSignals& signals,
                              const wire::Say& say, const std::function<int()>& program) {
  const Identity user{::geteuid(), ::getegid()};
  return start_in_user_namespace({0, 0}, namespaces,
                                 [&] { return be_first(parts, user, signals, say, program); });
}

}  // namespace chainer::rootless
