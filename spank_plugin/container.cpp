#include "spank_plugin/container.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/container/working_directory.hpp"
#include "core/result.hpp"
#include "core/syscall_filter.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/jobs_folder.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {
namespace {

constexpr char option_prefix[] = "--chainer-";  // how the names of options begin

/// Leaves no capabilities, or those of a root who is one only inside.
Result<void> take_on_rights(const SharedContainer& container) {
  if (!container.user_namespace) return drop_every_capability();
  if (::setns(container.user_namespace.get(), CLONE_NEWUSER) != 0)
    return Error::from_errno("cannot become root in the container", errno);
  TRY(keep_what_root_inside_needs());
  const int failed = give_files_to_nobody();
  return failed == 0 || failed == ENOSYS
             ? Result<void>()
             : Error::from_errno("cannot become root in the container", failed);
}

/// An apt that was root's when the image was made has given these folders to a user of its own, who
/// is nobody here. They are empty, and apt makes anew what is missing.
void prepare_for_apt(const TaskEnvironment& environment) {
  for (const char* path : {"/var/lib/apt/lists/partial", "/var/cache/apt/archives/partial"}) {
    struct stat status {};
    if (::lstat(path, &status) == 0 && status.st_uid != 0) ::rmdir(path);
  }
  if (!environment.get("APT_CONFIG")) environment.set("APT_CONFIG", apt_conf_path);
}

}  // namespace

Result<void> enter_container(const SharedContainer& container, const Request& request,
                             const TaskEnvironment& environment) {
  const std::string here = current_directory();
  const auto of_job = folder_of_job(environment);
  const auto zone_of_host = TimeZone::of_host();
  TRY(raise_namespace_capabilities());
  if (::setns(container.mount_namespace.get(), CLONE_NEWNS) != 0) {
    return Error::from_errno("cannot enter the container", errno);
  }
  TRY(take_on_rights(container));
  if (container.image.empty())
    return go_to(here, environment, option_prefix);  // the host's root: nothing else is new

  TRY(check_root_folder(option_prefix));
  TRY_ASSIGN(const auto of_image,
             set_task_variables({container.image, static_cast<bool>(container.env_pin),
                                 request.keep, request.drop},
                                zone_of_host, environment));
  if (container.user_namespace) prepare_for_apt(environment);
  return choose_directory(request.workdir, of_job, of_image, environment, option_prefix);
}

}  // namespace chainer
