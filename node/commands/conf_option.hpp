// The option that names plugin.conf.
#pragma once

#include <CLI/CLI.hpp>
#include <cerrno>
#include <string>
#include <utility>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"

namespace chainer::commands {

inline constexpr char usual_conf[] = "/etc/chainer/plugin.conf";

inline CLI::Option* add_conf_option(CLI::App& command, std::string& conf) {
  return command.add_option("--conf", conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
}

/// The file that a person named, or did not.
inline Result<PluginConf> load_named_conf(const std::string& file) {
  auto conf = load_plugin_conf(file);
  if (conf || conf.error().error_number != ENOENT) return conf;
  return std::move(conf).error().with_hint(
      "--conf FILE names the one that plugstack.conf gives the plugin (conf=FILE)");
}

}  // namespace chainer::commands
