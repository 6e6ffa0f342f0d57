#include "spank_plugin/container.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <iterator>

#include "core/fd_io.hpp"
#include "core/result.hpp"
#include "core/same_file.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/image_environment.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/time_zone.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_passwd = 1024 * 1024;
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

/// The job's directory, and whether nothing else will do.
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
/// lacks it: then what was asked for counts, since the container may have it.
JobsFolder folder_of_job(const TaskEnvironment& environment) {
  const auto asked = AskedFolder::parse(environment.get(asked_variable).value_or(""));
  environment.unset(asked_variable);  // no business of the task's, nor of an srun that it starts
  if (!asked) return {current_directory(), false};
  return {is_here(asked->path) ? current_directory() : asked->path,
          asked->by == AskedFolder::By::option};
}

/// --chainer-workdir, else the job's directory where the container has it, else the image's.
Result<void> choose_directory(const Request& request, const JobsFolder& of_job,
                              const std::string& of_image, const TaskEnvironment& environment) {
  if (!request.workdir.empty()) return go_to(request.workdir, environment);
  const bool exists = !of_job.path.empty() && ::access(of_job.path.c_str(), X_OK) == 0;
  if (exists || of_job.is_demanded) return go_to(of_job.path, environment);
  if (!of_image.empty()) return go_to(of_image, environment);
  return go_to(of_job.path.empty() ? "/" : of_job.path, environment);
}

/// Some images' own root folder is for their root alone: nothing of such an image can be reached,
/// and every later error would name something else.
Result<void> check_root_folder() {
  if (::access("/", X_OK) == 0) return {};
  return Error::from_errno("cannot enter the container: the image's root folder is closed to you",
                           errno, Fault::user)
      .with_hint(
          "add --chainer-writable, with which the image's files are yours, or make the image anew "
          "with a root folder of mode 0755");
}

/// Tools ask by a variable which kind of environment they are in.
void use_environment_prefix(const TaskEnvironment& environment) {
  const std::string prefix = env_prefix;
  const bool is_condas = ::access((prefix + "/conda-meta").c_str(), F_OK) == 0;
  environment.set("PATH", prefix + "/bin:" + environment.get("PATH").value_or(default_path));
  environment.set(is_condas ? "CONDA_PREFIX" : "VIRTUAL_ENV", prefix);
}

std::vector<std::string> kept_variables(const Request& request,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  std::ranges::copy_if(request.keep, std::back_inserter(kept), [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();  // what the job lacks hides nothing
  });
  return kept;
}

void set_unless(const TaskEnvironment& environment, const std::string& name,
                const std::string& value) {
  if (!value.empty() && !environment.get(name)) environment.set(name, value);
}

/// A job that exports nothing has no HOME, and the image's would be root's.
void set_account(const TaskEnvironment& environment) {
  const UniqueFd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto passwd = file ? read_all(file.get(), largest_passwd) : Result(std::string());
  if (!passwd) return;
  for (const auto& [name, value] : account_variables(*passwd, ::getuid()))
    set_unless(environment, name, value);
}

/// The login's language may be unknown to the image; C.UTF-8 is what every image of today has.
void set_language(const TaskEnvironment& environment) {
  if (environment.get("LC_ALL")) return;
  for (const auto* place : {"/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"}) {
    if (::access(place, F_OK) == 0) return set_unless(environment, "LANG", "C.UTF-8");
  }
}

/// What the image and the environment say of themselves.
struct Settings {
  ImageEnvironment image, env;

  static Result<Settings> read(const Request& request) {
    TRY_ASSIGN(auto image, read_environment_conf(image_conf_path));
    if (request.env_file.empty()) return Settings{std::move(image), {}};
    TRY_ASSIGN(auto env, read_environment_conf(env_conf_path));
    return Settings{std::move(image), std::move(env)};
  }
};

/// From strongest to weakest: what the person keeps, Slurm's and the account's own, the
/// environment's, the image's, the job's less what steers a login's own Python, libraries and
/// language.
void set_variables(const Settings& settings, const Request& request, const TimeZone& zone_of_host,
                   const TaskEnvironment& environment) {
  const auto names = environment.names();
  const auto kept = kept_variables(request, names);
  for (const auto& name : dropped_variables(names, request.drop, kept)) environment.unset(name);
  set_account(environment);
  for (const auto* conf : {&settings.image, &settings.env}) {
    for (const auto& [name, value] : variables_for_task(*conf, kept)) environment.set(name, value);
  }
  set_language(environment);
  set_unless(environment, "TZ", zone_of_host.in_container());
  if (!request.env_file.empty()) use_environment_prefix(environment);
  environment.set(container_variable, request.image->reference.text());
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
  TRY(drop_every_capability());
  if (!request.image) return go_to(here, environment);  // the host's root: nothing else is new

  TRY(check_root_folder());
  TRY_ASSIGN(const auto settings, Settings::read(request));
  set_variables(settings, request, zone_of_host, environment);
  return choose_directory(request, of_job, settings.image.workdir, environment);
}

}  // namespace chainer
