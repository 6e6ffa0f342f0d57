// Slurm starts this program in the place of a task's command when another runtime makes the task's
// container. On the host it writes the task's variables to a file and becomes the runtime. The runtime
// starts it again in the container, where it sets the variables that the native runtime would set,
// goes to the working directory and becomes the command. It runs as the job's user in both places.

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
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

using namespace chainer;

namespace {

constexpr int cannot_start = 126;  // as shells have it
constexpr int not_found = 127;
constexpr std::size_t largest_file = 16 * 1024 * 1024;

Result<std::string> contents_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::from_errno("cannot read " + path, errno);
  return read_all(file.get(), largest_file);
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Error::from_errno("cannot make " + path, errno);
  return write_all(file.get(), text);
}

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
/// the options mean. The runtime keeps its own files in `folder`, which is gone with the step, and not
/// in a home that all nodes share.
std::vector<std::string> variables_of_runtime(const std::string& folder) {
  std::vector<std::string> few{"APPTAINER_CONFIGDIR=" + folder, "SINGULARITY_CONFIGDIR=" + folder};
  for (const char* name : {"HOME", "USER", "LOGNAME", "PATH", "TERM"}) {
    if (const char* value = std::getenv(name)) few.push_back(std::string(name) + "=" + value);
  }
  return few;
}

Result<void> become_runtime(const std::string& folder, const std::vector<std::string>& arguments) {
  ::unsetenv(task_folder_variable);
  TRY(write_file(folder + "/" + told_folder + "/" + environment_file, to_records(variables())));
  TRY_ASSIGN(const auto text, contents_of(folder + "/" + words_file));
  auto words = from_records(text);
  if (words.empty()) return Error{"no runtime is named in " + folder, ""};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto few = variables_of_runtime(folder);
  ::execve(words[0].c_str(), argument_array(words).data(), argument_array(few).data());
  return not_started(words[0]);
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

Result<void> start_in_container(const std::vector<std::string>& arguments) {
  constexpr char options[] = "--chainer-";
  const std::string told = told_place;
  TRY_ASSIGN(const auto task_text, contents_of(told + "/" + task_file));
  TRY_ASSIGN(const auto task, StartedTask::parse(task_text));
  TRY_ASSIGN(const auto environment_text, contents_of(told + "/" + environment_file));
  replace_variables(from_records(environment_text));
  ::umask(task.umask);
  const auto environment = own_environment();
  TRY_ASSIGN(const auto of_image,
             set_task_variables(task.settings, task.zone_of_host, environment));
  TRY(choose_directory(task.workdir, task.of_job, of_image, environment, options));
  return become_command(task, arguments);
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
  if (is_inside) return failed(start_in_container(arguments).error());
  const char* folder = std::getenv(task_folder_variable);
  if (folder == nullptr) return failed({"this program is for srun --chainer-runtime to start", ""});
  const std::string here = folder;
  return failed(become_runtime(here, arguments).error());
}
