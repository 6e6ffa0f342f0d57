#include "node/rootless/run_request.hpp"

#include <algorithm>
#include <iterator>

#include "core/name_list.hpp"
#include "core/plugin_conf.hpp"

namespace chainer::rootless {
namespace {

Error of_option(const char* option, Error error) {
  return std::move(error).within(std::string("--") + option);
}

Error wrong(std::string what, std::string hint) {
  return {std::move(what), std::move(hint), 0, Fault::user};
}

Result<ByteSize> read_shm_size(const std::string& text) {
  if (text.empty()) return PluginConf().default_shm_size;
  auto size = ByteSize::parse(text);
  if (!size) return of_option("shm-size", std::move(size).error());
  return size;
}

Result<std::vector<MountSpec>> read_mounts(const std::vector<std::string>& texts) {
  std::vector<MountSpec> mounts;
  for (const auto& text : texts) {
    auto several = MountSpec::parse_list(text);
    if (!several) return of_option("mount", std::move(several).error());
    std::ranges::move(*several, std::back_inserter(mounts));
  }
  return mounts;
}

}  // namespace

Result<RunRequest> RunRequest::parse(const RunOptions& options) {
  if (options.command.empty() && !options.prepare)
    return wrong("no command is given",
                 "write it behind --: chainer-node run --image REF -- PROGRAM");
  auto image = ImageRef::parse(options.image);
  if (!image) return of_option("image", std::move(image).error());
  if (!options.workdir.empty() && !options.workdir.starts_with('/')) {
    return of_option("workdir",
                     wrong("'" + options.workdir + "' is not an absolute path",
                           "the working directory is a path inside the container, from /"));
  }
  TRY_ASSIGN(const auto shm_size, read_shm_size(options.shm_size));
  TRY_ASSIGN(auto mounts, read_mounts(options.mounts));
  return RunRequest{*std::move(image), shm_size,       options.env,       options.auth,
                    options.workdir,   options.tools,  std::move(mounts), split_names(options.keep),
                    options.writable,  options.unpack, options.prepare,   options.command};
}

}  // namespace chainer::rootless
