#include "spank_plugin/runtime_task.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "core/container/image_environment.hpp"
#include "core/container/name_files.hpp"
#include "core/container/started_task.hpp"
#include "core/container/task_environment.hpp"
#include "core/text_file.hpp"
#include "spank_plugin/current_directory.hpp"
#include "spank_plugin/jobs_folder.hpp"
#include "spank_plugin/own_program.hpp"
#include "spank_plugin/privileges.hpp"
#include "spank_plugin/program.hpp"
#include "spank_plugin/root_pieces.hpp"
#include "spank_plugin/runtime_binds.hpp"
#include "spank_plugin/runtime_command.hpp"

namespace chainer {
namespace {

mode_t umask_of_task() {
  const auto mask = ::umask(022);
  ::umask(mask);
  return mask;
}

/// Looks in the job's PATH, then in slurmd's.
Result<std::string> find_runtime(Runtime runtime, const TaskEnvironment& environment) {
  const char* of_slurmd = std::getenv("PATH");
  const auto folders =
      environment.get("PATH").value_or("") + ":" + (of_slurmd != nullptr ? of_slurmd : "");
  auto program = place_of_program(name_of(runtime), folders);
  if (!program.empty()) return program;
  return Error{"cannot start the container: this node has no " + name_of(runtime),
               "leave --chainer-runtime out, ask for nodes that have it, or add its folder to PATH",
               0, Fault::user};
}

Result<void> make_task_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  return Error::from_errno("cannot make the folder " + path, errno);
}

StartedTask started_task(const SharedContainer& container, const Request& request,
                         JobsFolder of_job, const char* command) {
  return {.settings = {container.image, static_cast<bool>(container.env_pin), request.keep,
                       request.drop},
          .zone_of_host = TimeZone::of_host(),
          .workdir = request.workdir,
          .of_job = std::move(of_job),
          .umask = umask_of_task(),
          .entrypoint = request.entrypoint,
          .command = command};
}

/// Our own come last, so that no mount of the user's covers them.
void add_our_binds(const RuntimePlace& place, const std::string& told, bool has_environment,
                   std::vector<RuntimeBind>& binds) {
  if (has_environment) binds.push_back({place.environment(), env_prefix, Access::read_only});
  const bool has_gpu_files = ::access(place.gpu().c_str(), F_OK) == 0;
  if (has_gpu_files) binds.push_back({place.gpu(), gpu_prefix, Access::read_only});
  binds.push_back({place.program(), start_program, Access::read_only});
  binds.push_back({told, told_place, Access::read_only});
}

Result<RuntimeOrder> make_order(const SharedContainer& container, const Request& request,
                                const RuntimeSettings& settings, const std::string& folder,
                                const std::string& working_directory,
                                const TaskEnvironment& environment) {
  TRY_ASSIGN(auto program, find_runtime(request.runtime, environment));
  const auto told = folder + "/" + told_folder;
  if (takes_whole_root(request.runtime)) {
    const auto own_root = folder + "/root";
    TRY_ASSIGN(auto pieces, lay_pieces_out(settings.place.root(), own_root));
    pieces.push_back({told, told_place, Access::read_only});
    return RuntimeOrder{request.runtime, std::move(program), own_root,
                        folder,          std::move(pieces),  start_program};
  }
  TRY_ASSIGN(auto binds, runtime_binds(request, {settings.of_host, settings.of_pmix, settings.home,
                                                 working_directory, settings.place.work()}));
  add_our_binds(settings.place, told, static_cast<bool>(container.env_pin), binds);
  return RuntimeOrder{request.runtime, std::move(program), settings.place.image(),
                      folder,          std::move(binds),   start_program};
}

Result<void> join_namespace(const SharedContainer& container) {
  TRY(raise_namespace_capabilities());
  if (::setns(container.mount_namespace.get(), CLONE_NEWNS) != 0)
    return Error::from_errno("cannot enter the step's namespace", errno);
  return drop_what_setuid_left();
}

}  // namespace

Result<RuntimeSettings> RuntimeSettings::of(const Step& step, int task, const PluginConf& conf) {
  TRY_ASSIGN(const auto names, look_up_names(step.account));
  return RuntimeSettings{RuntimePlace::below(conf.run_dir),
                         runtime_program(conf.helper),
                         host_places(step, conf),
                         step.pmix.client,
                         names.home,
                         task};
}

Result<void> start_with_runtime(const SharedContainer& container, const Request& request,
                                const RuntimeSettings& settings, const TaskEnvironment& environment,
                                char** command) {
  if (command == nullptr || command[0] == nullptr) return {};
  constexpr char options[] = "--chainer-";  // how their names begin
  const std::string here = current_directory();
  auto of_job = folder_of_job(environment);
  TRY(join_namespace(container));
  TRY(go_to(here, environment, options));

  const auto folder = settings.place.work() + "/" + std::to_string(settings.task);
  const auto told = folder + "/" + told_folder;
  TRY(make_task_folder(folder));
  TRY(make_task_folder(told));
  TRY_ASSIGN(const auto order,
             make_order(container, request, settings, folder, of_job.path, environment));
  const auto task = started_task(container, request, std::move(of_job), command[0]);
  TRY(write_new_file(told + "/" + task_file, task.to_text()));
  const auto* words = starts_in_background(request.runtime) ? background_words_file : words_file;
  TRY(write_new_file(folder + "/" + words, to_records(runtime_command(order))));
  environment.set(task_folder_variable, folder);
  put_in_place_of(command, settings.program);
  return {};
}

}  // namespace chainer
