#include "spank_plugin/container.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/result.hpp"
#include "core/same_file.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {
namespace {

constexpr char option_prefix[] = "--chainer-";  // how the names of options begin

/// The job's directory, and whether the step must fail without it.
struct JobsFolder {
  std::string path;
  bool is_demanded;
};

bool is_here(const std::string& path) {
  struct stat here {
  }, there{};
  return ::stat(".", &here) == 0 && ::stat(path.c_str(), &there) == 0 && is_same_file(here, there);
}

/// Called on the host's root. Slurm is in the folder that was asked for, or in /tmp where this node
/// lacks it. Then the one that was asked for counts, since the container may have it.
JobsFolder folder_of_job(const TaskEnvironment& environment) {
  const auto asked = AskedFolder::parse(environment.get(asked_variable).value_or(""));
  environment.unset(asked_variable);  // neither the task nor an srun that it starts needs it
  if (!asked) return {current_directory(), false};
  return {is_here(asked->path) ? current_directory() : asked->path,
          asked->by == AskedFolder::By::option};
}

/// --chainer-workdir, else the job's directory where the container has it, else the image's.
Result<void> choose_directory(const Request& request, const JobsFolder& of_job,
                              const std::string& of_image, const TaskEnvironment& environment) {
  if (!request.workdir.empty()) return go_to(request.workdir, environment, option_prefix);
  const bool exists = ::access(of_job.path.c_str(), X_OK) == 0;
  if (exists || of_job.is_demanded) return go_to(of_job.path, environment, option_prefix);
  if (!of_image.empty()) return go_to(of_image, environment, option_prefix);
  return go_to(of_job.path, environment, option_prefix);
}

/// Leaves no capabilities, or those of a root who is one only inside.
Result<void> take_on_rights(const SharedContainer& container) {
  if (!container.user_namespace) return drop_every_capability();
  if (::setns(container.user_namespace.get(), CLONE_NEWUSER) != 0)
    return Error::from_errno("cannot become root in the container", errno);
  return keep_what_root_inside_needs();
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
  if (container.user_namespace && !environment.get("APT_CONFIG"))
    environment.set("APT_CONFIG", apt_conf_path);
  return choose_directory(request, of_job, of_image, environment);
}

}  // namespace chainer
