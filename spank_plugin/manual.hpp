// The manual pages of the plugin: docs/man. Nothing of it is in the plugin itself.
#pragma once

#include <string>

namespace chainer {

/// spank_chainer(8), from the option table.
std::string plugin_manual();

/// chainer-plugin.conf(5), from the table that plugin.conf is read by.
std::string plugin_conf_manual();

}  // namespace chainer
