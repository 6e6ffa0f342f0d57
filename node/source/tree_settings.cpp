#include "node/source/tree_settings.hpp"

#include "core/container/image_environment.hpp"
#include "node/image/image_config.hpp"

namespace chainer::source {

TreeSettings settings_of(archive::RootTree& tree) {
  const auto text = tree.small_file(image_conf_path + 1, image::largest_config / 4);
  if (!text) return {};
  auto conf = parse_image_conf(*text);
  TreeSettings settings;
  for (auto& [name, value] : conf.variables) settings.environment.push_back(name + "=" + value);
  settings.working_directory = std::move(conf.workdir);
  if (conf.entrypoint) settings.entrypoint = *std::move(conf.entrypoint);
  return settings;
}

}  // namespace chainer::source
