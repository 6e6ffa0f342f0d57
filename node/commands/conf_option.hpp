// The option that names plugin.conf.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace chainer::commands {

inline constexpr char usual_conf[] = "/etc/chainer/plugin.conf";

inline CLI::Option* add_conf_option(CLI::App& command, std::string& conf) {
  return command.add_option("--conf", conf, "The plugin's configuration file")
      ->type_name("FILE")
      ->capture_default_str();
}

}  // namespace chainer::commands
