#include "spank_plugin/tag_resolution.hpp"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <vector>

#include "core/argument_array.hpp"
#include "core/child_end.hpp"
#include "core/digest.hpp"
#include "core/fd_io.hpp"
#include "core/image_ref.hpp"
#include "core/pipe.hpp"
#include "core/plugin_conf.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_answer = 256;

/// The output of a program whose stderr is ours; nothing when it failed, having said why.
Result<std::string> output_of(const std::vector<std::string>& command) {
  TRY_ASSIGN(auto output, Pipe::create());
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
  // srun blocks the signals that a terminal sends, and a child inherits that: Ctrl-C ends this one.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const auto arguments = argument_array(command);
  pid_t child = 0;
  const int failure =
      ::posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  output.write_end.reset();
  if (failure != 0) {
    return Error::from_errno("cannot start " + command[0], failure)
        .with_hint(
            "an administrator must install chainer-node there, or correct 'helper' in plugin.conf");
  }

  auto text = read_all(output.read_end.get(), longest_answer);
  if (wait_for_end(child) != 0) return Error{};
  return text;
}

}  // namespace

Result<std::string> resolve_image_tag(const RawOptions& options, const std::string& conf_path) {
  const auto image = options.value_of(Option::image);
  if (!image) return std::string();
  const auto reference = ImageRef::parse(*image);
  if (!reference || reference->pinned()) return std::string();
  if (::access(conf_path.c_str(), F_OK) != 0) return std::string();
  const auto conf = load_plugin_conf(conf_path);
  if (!conf) return conf.error();

  if (auto trusted = check_only_root_can_change(conf->helper); !trusted)
    return std::move(trusted).error().within("cannot start the helper " + conf->helper);
  std::vector<std::string> command{conf->helper, "resolve", "--reference", *image};
  if (const auto auth = options.value_of(Option::auth))
    command.insert(command.end(), {"--auth", *auth});
  auto answer = output_of(command);
  if (!answer) return std::move(answer).error();
  while (answer->ends_with('\n')) answer->pop_back();
  if (auto digest = Digest::parse(*answer); !digest) {
    return std::move(digest).error().within(conf->helper + " resolve");
  }
  return *std::move(answer);
}

}  // namespace chainer
