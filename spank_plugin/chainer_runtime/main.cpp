// Slurm starts this program in the place of a task's command when another runtime makes the task's
// container. On the host it writes the task's variables and arguments to files and becomes the
// runtime, or has it start the container in the background. The runtime starts this program again
// in the container, where it sets the variables that the native runtime would set, goes to the
// working directory and becomes the command. It runs as the job's user in both places.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/argument_array.hpp"
#include "core/container/image_environment.hpp"
#include "core/container/started_task.hpp"
#include "core/container/task_environment.hpp"
#include "core/container/working_directory.hpp"
#include "core/text_file.hpp"
#include "spank_plugin/chainer_runtime/background_container.hpp"
#include "spank_plugin/chainer_runtime/descriptors.hpp"
#include "spank_plugin/chainer_runtime/own_namespace.hpp"

using namespace chainer;

namespace {

constexpr int cannot_start = 126;  // as shells have it
constexpr int not_found = 127;
constexpr std::size_t largest_file = 16 * 1024 * 1024;

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::vector<std::string> variables() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

Error not_started(const std::string& program) {
  return Error::from_errno("cannot start " + program, errno);
}

// ---- on the host ----------------------------------------------------------------------------

/// Only a few of the job's variables, because others (APPTAINER_BIND, LD_PRELOAD) would change what
/// the options mean. The runtime keeps its own files in `folder`, which is gone with the step, and
/// not in a home that all nodes share.
std::vector<std::string> variables_of_runtime(const std::string& folder) {
  std::vector<std::string> few{"APPTAINER_CONFIGDIR=" + folder, "SINGULARITY_CONFIGDIR=" + folder};
  for (const char* name : {"HOME", "USER", "LOGNAME", "PATH", "TERM"}) {
    if (const char* value = std::getenv(name)) few.push_back(std::string(name) + "=" + value);
  }
  return few;
}

/// Podman's, in the user namespace that it would make itself: that is what `podman unshare` tells
/// those whom it starts. It keeps nothing in the account's home, and reads nothing there.
std::vector<std::string> variables_in_background(const std::string& folder) {
  std::vector<std::string> few{"HOME=" + folder,
                               "XDG_CONFIG_HOME=" + folder,
                               "XDG_RUNTIME_DIR=" + folder,
                               "CONTAINERS_CONF=" + folder + "/containers.conf",
                               "CONTAINERS_STORAGE_CONF=" + folder + "/storage.conf",
                               "_CONTAINERS_USERNS_CONFIGURED=done",
                               "_CONTAINERS_ROOTLESS_UID=" + std::to_string(::getuid()),
                               "_CONTAINERS_ROOTLESS_GID=" + std::to_string(::getgid())};
  if (const char* path = std::getenv("PATH")) few.push_back(std::string("PATH=") + path);
  return few;
}

Result<std::vector<std::string>> words_in(const std::string& file) {
  TRY_ASSIGN(const auto text, read_file(file, largest_file));
  auto words = from_records(text);
  if (words.empty()) return Error{"no runtime is named in " + file, ""};
  return words;
}

Error become_runtime(const std::string& folder) {
  auto words = words_in(folder + "/" + words_file);
  if (!words) return words.error();
  const auto few = variables_of_runtime(folder);
  ::execve((*words)[0].c_str(), argument_array(*words).data(), argument_array(few).data());
  return not_started((*words)[0]);
}

/// Returns only the exit code of a container in the background.
Result<int> start_on_host(const std::string& folder, const std::vector<std::string>& arguments) {
  ::unsetenv(task_folder_variable);
  const auto told = folder + "/" + told_folder + "/";
  TRY(write_new_file(told + environment_file, to_records(variables())));
  TRY(write_new_file(told + arguments_file, to_records(arguments)));
  const auto background = folder + "/" + background_words_file;
  if (!is_there(background)) return become_runtime(folder);
  TRY_ASSIGN(auto words, words_in(background));
  return run_in_background(folder, std::move(words), variables_in_background(folder));
}

// ---- in the container -----------------------------------------------------------------------

void replace_variables(const std::vector<std::string>& entries) {
  ::clearenv();
  for (const auto& entry : entries) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) continue;
    ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
}

/// This process's own.
TaskEnvironment own_environment() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
          },
          [](const std::string& name, const std::string& value) {
            ::setenv(name.c_str(), value.c_str(), 1);
          },
          [](const std::string& name) { ::unsetenv(name.c_str()); },
          [] {
            auto names = variables();
            for (auto& name : names) name.resize(std::min(name.find('='), name.size()));
            return names;
          }};
}

Result<std::vector<std::string>> entrypoint_of_image() {
  TRY_ASSIGN(auto image, read_environment_conf(image_conf_path));
  if (image.entrypoint) return *std::move(image.entrypoint);
  return Error{"cannot start the image's entrypoint: the image does not say which it has", ""};
}

/// execvp, with this process's variables.
Result<void> become_command(const StartedTask& task, const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  if (task.entrypoint) {
    TRY_ASSIGN(words, entrypoint_of_image());
  }
  words.push_back(task.command);
  words.insert(words.end(), arguments.begin(), arguments.end());
  ::execvp(words[0].c_str(), argument_array(words).data());
  return not_started(words[0]);
}

Result<std::string> told(const char* file) {
  return read_file(std::string(told_place) + "/" + file, largest_file);
}

/// The container of the background belongs to the root of its user namespace.
Result<void> be_the_task_again() {
  if (!is_there(std::string(told_place) + "/" + handover_file)) return {};
  TRY_ASSIGN(const auto text, told(handover_file));
  TRY_ASSIGN(const auto handover, Handover::parse(text));
  TRY(take_descriptors(handover));
  return enter_own_namespace(handover.user, handover.group, 0);
}

Result<void> start_in_container() {
  constexpr char options[] = "--chainer-";
  TRY(be_the_task_again());
  TRY_ASSIGN(const auto task_text, told(task_file));
  TRY_ASSIGN(const auto task, StartedTask::parse(task_text));
  TRY_ASSIGN(const auto environment_text, told(environment_file));
  TRY_ASSIGN(const auto arguments_text, told(arguments_file));
  replace_variables(from_records(environment_text));
  ::umask(task.umask);
  const auto environment = own_environment();
  TRY_ASSIGN(const auto of_image,
             set_task_variables(task.settings, task.zone_of_host, environment));
  TRY(choose_directory(task.workdir, task.of_job, of_image, environment, options));
  return become_command(task, from_records(arguments_text));
}

int failed(const Error& error) {
  std::fprintf(stderr, "chainer: %s\n", error.what.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "next: %s\n", error.hint.c_str());
  return error.error_number == ENOENT ? not_found : cannot_start;
}

}  // namespace

int main(int count, char** words) {
  if (count < 1) return cannot_start;
  const std::vector<std::string> arguments(words + 1, words + count);
  const bool is_inside = std::strcmp(words[0], start_program) == 0;
  if (is_inside) return failed(start_in_container().error());
  const char* folder = std::getenv(task_folder_variable);
  if (folder == nullptr) return failed({"this program is for srun --chainer-runtime to start", ""});
  const std::string here = folder;
  const auto ended = start_on_host(here, arguments);
  return ended ? *ended : failed(ended.error());
}
