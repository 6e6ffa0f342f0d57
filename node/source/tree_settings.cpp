#include "node/source/tree_settings.hpp"

#include "core/container/image_environment.hpp"
#include "node/image/image_config.hpp"
#include "node/source/enroot_files.hpp"

namespace chainer::source {

TreeSettings settings_of(archive::RootTree& tree, const std::optional<TreeSettings>& of_file) {
  const auto text = tree.small_file(image_conf_path + 1, image::largest_config / 4);
  if (!text) return of_file ? *of_file : settings_of_enroot(tree).value_or(TreeSettings());
  auto conf = parse_image_conf(*text);
  TreeSettings settings;
  for (auto& [name, value] : conf.variables) settings.environment.push_back(name + "=" + value);
  settings.working_directory = std::move(conf.workdir);
  if (conf.entrypoint) settings.entrypoint = *std::move(conf.entrypoint);
  return settings;
}

Result<TreeSettings> settings_in_oci_config(std::string_view text) {
  TRY_ASSIGN(auto config, image::parse_process_config(text));
  return TreeSettings{std::move(config.environment), std::move(config.working_directory),
                      std::move(config.entrypoint)};
}

}  // namespace chainer::source
