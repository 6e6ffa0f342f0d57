#include "core/container/task_environment.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_passwd = 1024 * 1024;
constexpr char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void put_in_front(const TaskEnvironment& environment, const std::string& name,
                  const std::string& folder, const std::string& otherwise) {
  const auto folders = environment.get(name).value_or(otherwise);
  environment.set(name, folders.empty() ? folder : folder + ":" + folders);
}

/// Tools ask by a variable which kind of environment they are in.
void use_environment_prefix(const TaskEnvironment& environment) {
  const std::string prefix = env_prefix;
  const bool is_condas = ::access((prefix + "/conda-meta").c_str(), F_OK) == 0;
  put_in_front(environment, "PATH", prefix + "/bin", default_path);
  environment.set(is_condas ? "CONDA_PREFIX" : "VIRTUAL_ENV", prefix);
}

/// The loader looks there before the image's own cache and folders, where nothing can be added. An
/// image's own copy of a driver's library would be another version than the running driver.
void use_gpu_folder(const TaskEnvironment& environment) {
  const std::string prefix = gpu_prefix;
  if (::access((prefix + "/lib").c_str(), F_OK) != 0) return;
  put_in_front(environment, "LD_LIBRARY_PATH", prefix + "/lib", "");
  put_in_front(environment, "PATH", prefix + "/bin", default_path);
}

std::vector<std::string> kept_variables(const std::vector<std::string>& keep,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  std::ranges::copy_if(keep, std::back_inserter(kept), [&](const std::string& name) {
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

}  // namespace

Result<std::string> set_task_variables(const TaskSettings& settings, const TimeZone& zone_of_host,
                                       const TaskEnvironment& environment) {
  TRY_ASSIGN(const auto of_image, read_environment_conf(image_conf_path));
  auto of_env = settings.has_environment ? read_environment_conf(env_conf_path)
                                         : Result<ImageEnvironment>(ImageEnvironment{});
  if (!of_env) return std::move(of_env).error();
  const auto names = environment.names();
  const auto kept = kept_variables(settings.keep, names);
  for (const auto& name : dropped_variables(names, settings.drop, kept)) environment.unset(name);
  set_account(environment);
  for (const auto* conf : {&of_image, &std::as_const(*of_env)}) {
    for (const auto& [name, value] : variables_for_task(*conf, kept)) environment.set(name, value);
  }
  set_language(environment);
  set_unless(environment, "TZ", zone_of_host.in_container());
  use_gpu_folder(environment);
  if (settings.has_environment) use_environment_prefix(environment);
  environment.set(container_variable, settings.image);
  return of_image.workdir;
}

Result<void> go_to(const std::string& directory, const TaskEnvironment& environment,
                   const std::string& options) {
  if (::chdir(directory.c_str()) != 0) {
    return Error::from_errno(
               "cannot enter the working directory " + directory + " in the container", errno,
               Fault::user)
        .with_hint("give a directory of the image with " + options +
                   "workdir, or mount yours with " + options + "mount");
  }
  environment.set("PWD", directory);
  return {};
}

Result<void> check_root_folder(const std::string& options) {
  if (::access("/", X_OK) == 0) return {};
  return Error::from_errno("cannot enter the container: the image's root folder is closed to you",
                           errno, Fault::user)
      .with_hint("add " + options +
                 "writable, with which the image's files are yours, or make the image anew with a "
                 "root folder of mode 0755");
}

}  // namespace chainer
