#include "spank_plugin/jobs_folder.hpp"

#include <sys/stat.h>

#include "core/same_file.hpp"
#include "spank_plugin/asked_folder.hpp"
#include "spank_plugin/current_directory.hpp"

namespace chainer {
namespace {

bool is_here(const std::string& path) {
  struct stat here {
  }, there{};
  return ::stat(".", &here) == 0 && ::stat(path.c_str(), &there) == 0 && is_same_file(here, there);
}

}  // namespace

JobsFolder folder_of_job(const TaskEnvironment& environment) {
  const auto asked = AskedFolder::parse(environment.get(asked_variable).value_or(""));
  environment.unset(asked_variable);  // neither the task nor an srun that it starts needs it
  if (!asked) return {current_directory(), false};
  return {is_here(asked->path) ? current_directory() : asked->path,
          asked->by == AskedFolder::By::option};
}

}  // namespace chainer
