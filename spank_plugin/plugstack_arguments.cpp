#include "spank_plugin/plugstack_arguments.hpp"

#include <string_view>

namespace chainer {

void PlugstackArguments::read(int count, const char* const* arguments) {
  constexpr std::string_view conf = "conf=";
  for (int i = 0; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with(conf) && argument.substr(conf.size()).starts_with('/')) {
      conf_path_ = argument.substr(conf.size());
    } else if (!error_) {
      error_ = Error{std::string("plugstack.conf gives ") + plugin_ + " the argument '" +
                         std::string(argument) + "', which it does not know",
                     "an administrator must correct it: the only one is conf=/PATH/OF/plugin.conf"};
    }
  }
}

}  // namespace chainer
