#include "spank_plugin/container.hpp"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "spank_plugin/image_environment.hpp"
#include "spank_plugin/privileges.hpp"

namespace chainer {
namespace {

constexpr char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string current_directory() {
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "";
}

Result<void> go_to(const std::string& directory, const TaskEnvironment& environment) {
  if (::chdir(directory.c_str()) != 0) {
    return Error::from_errno(
               "cannot enter the working directory " + directory + " in the container", errno,
               Fault::user)
        .with_hint(
            "give a directory of the image with --chainer-workdir, or mount yours with "
            "--chainer-mount");
  }
  environment.set("PWD", directory);
  return {};
}

/// --chainer-workdir, else the job's directory where the container has it, else the image's.
Result<void> choose_directory(const Request& request, const std::string& of_job,
                              const std::string& of_image, const TaskEnvironment& environment) {
  if (!request.workdir.empty()) return go_to(request.workdir, environment);
  if (!of_job.empty() && ::access(of_job.c_str(), X_OK) == 0) return go_to(of_job, environment);
  if (!of_image.empty()) return go_to(of_image, environment);
  return go_to(of_job.empty() ? "/" : of_job, environment);
}

void use_environment_prefix(const TaskEnvironment& environment) {
  const std::string prefix = env_prefix;
  environment.set("PATH", prefix + "/bin:" + environment.get("PATH").value_or(default_path));
  environment.set("VIRTUAL_ENV", prefix);
}

}  // namespace

Result<void> enter_container(const SharedContainer& container, const Request& request,
                             const TaskEnvironment& environment) {
  const std::string directory_of_job = current_directory();
  if (auto raised = raise_namespace_capabilities(); !raised) return raised;
  if (::setns(container.mount_namespace.get(), CLONE_NEWNS) != 0) {
    return Error::from_errno("cannot enter the container", errno);
  }
  if (auto dropped = drop_every_capability(); !dropped) return dropped;
  if (!request.image)
    return go_to(directory_of_job, environment);  // the host's root: nothing else is new

  auto image = read_image_conf();
  if (!image) return std::move(image).error();
  for (const auto& [name, value] : variables_for_task(*image, request.keep))
    environment.set(name, value);
  if (!request.env_file.empty()) use_environment_prefix(environment);
  return choose_directory(request, directory_of_job, image->workdir, environment);
}

}  // namespace chainer
