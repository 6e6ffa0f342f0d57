#include "spank_plugin/login_side.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/argument_array.hpp"
#include "core/digest.hpp"
#include "core/fd_io.hpp"
#include "core/image_ref.hpp"
#include "core/plugin_conf.hpp"
#include "core/unique_fd.hpp"
#include "spank_plugin/request.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_answer = 256;

/// The output of a program whose stderr is ours; nothing when it failed, having said why.
Result<std::string> output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::from_errno("cannot make a pipe", errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  const auto arguments = argument_array(command);
  pid_t child = 0;
  // srun has threads by now: spawn, which runs nothing of ours in between.
  const int failure =
      ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writer.reset();
  if (failure != 0) {
    return Error::from_errno("cannot start " + command[0], failure)
        .with_hint(
            "an administrator must install chainer-node there, or correct 'helper' in plugin.conf");
  }

  auto text = read_all(reader.get(), longest_answer);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return Error{};
  return text;
}

/// The variable that a job's environment has for an option of ours (plugstack.c, from 20.11
/// to 26.05).
std::string inherited_variable(const OptionSpec& spec) {
  std::string name = std::string("SLURM_SPANK__SLURM_SPANK_OPTION_chainer_") + spec.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace

Origin origin_of(const OptionSpec& spec, const std::string& value) {
  const char* inherited = ::getenv(inherited_variable(spec).c_str());
  if (inherited == nullptr) return Origin::command;
  // A flag has no value to tell the two by.
  return spec.argument == nullptr || value == inherited ? Origin::job : Origin::command;
}

void pass_on_mounts(const RawOptions& options) {
  if (options.mounts().empty()) return;
  std::string lines;
  for (const auto& mount : options.mounts()) lines += (lines.empty() ? "" : "\n") + mount;
  const auto& spec = option_specs[static_cast<std::size_t>(Option::mount)];
  ::setenv(spec.variable, lines.c_str(), 1);
}

Result<void> resolve_image_tag(const RawOptions& options, const std::string& conf_path) {
  const auto& image = options.value_of(Option::image);
  if (!image) return {};
  const auto reference = ImageRef::parse(*image);
  if (!reference || reference->pinned()) return {};
  if (::access(conf_path.c_str(), F_OK) != 0) return {};
  const auto conf = load_plugin_conf(conf_path);
  if (!conf) return conf.error();

  std::vector<std::string> command{conf->helper, "resolve", "--reference", *image};
  if (const auto& auth = options.value_of(Option::auth))
    command.insert(command.end(), {"--auth", *auth});
  auto answer = output_of(command);
  if (!answer) return std::move(answer).error();
  while (answer->ends_with('\n')) answer->pop_back();
  if (auto digest = Digest::parse(*answer); !digest) {
    return std::move(digest).error().within(conf->helper + " resolve");
  }
  ::setenv(resolved_variable, (*image + "\n" + *answer).c_str(), 1);
  return {};
}

}  // namespace chainer
