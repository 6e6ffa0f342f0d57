// What our line in plugstack.conf says after the plugin's name.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"

namespace chainer {

class PlugstackArguments {
 public:
  /// `plugin` as plugstack.conf names it, for the error.
  explicit PlugstackArguments(const char* plugin = "spank_chainer.so") : plugin_(plugin) {}

  /// `conf=PATH` names the configuration file. Anything else is an error that whoever uses the
  /// plugin gets: to fail here would fail every step of the cluster.
  void read(int count, const char* const* arguments);

  const std::string& conf_path() const { return conf_path_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  const char* plugin_;
  std::string conf_path_{"/etc/chainer/plugin.conf"};
  std::optional<Error> error_;
};

}  // namespace chainer
