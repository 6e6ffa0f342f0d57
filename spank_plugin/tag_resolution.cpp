#include "spank_plugin/tag_resolution.hpp"

#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/digest.hpp"
#include "core/image_ref.hpp"
#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/trusted_path.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_answer = 256;

}  // namespace

Result<std::optional<TagResolution>> TagResolution::begin(const RawOptions& options,
                                                          const std::string& conf_path) {
  const auto image = options.value_of(Option::image);
  if (!image) return std::optional<TagResolution>();
  const auto reference = ImageRef::parse(*image);
  if (!reference || reference->pinned()) return std::optional<TagResolution>();
  if (::access(conf_path.c_str(), F_OK) != 0) return std::optional<TagResolution>();
  TRY_ASSIGN(const auto conf, load_plugin_conf(conf_path));

  if (auto trusted = check_only_root_can_change(conf.helper); !trusted)
    return std::move(trusted).error().within("cannot start the helper " + conf.helper);
  std::vector<std::string> command{conf.helper, "resolve", "--reference", *image};
  if (const auto auth = options.value_of(Option::auth))
    command.insert(command.end(), {"--auth", *auth});
  auto running = RunningCommand::start(command);
  if (!running) {
    const bool is_too_many = running.error().error_number == EAGAIN;
    return std::move(running).error().with_hint(
        is_too_many ? "end some of your processes here, or try again later"
                    : "an administrator must install chainer-node there, or correct 'helper' in "
                      "plugin.conf");
  }
  return std::optional(TagResolution(conf.helper, *std::move(running)));
}

Result<std::string> TagResolution::finish() && {
  TRY_ASSIGN(auto answer, std::move(command_).output(longest_answer));
  while (answer.ends_with('\n')) answer.pop_back();
  if (auto digest = Digest::parse(answer); !digest) {
    return std::move(digest).error().within(helper_ + " resolve");
  }
  return answer;
}

}  // namespace chainer
