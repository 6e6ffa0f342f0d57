#include "core/node_name.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>

namespace chainer {

std::string name_of_this_node() {
  if (const char* slurms = std::getenv("SLURMD_NODENAME")) return slurms;
  utsname names{};
  ::uname(&names);
  std::string name = names.nodename;
  name.resize(std::min(name.find('.'), name.size()));
  return name;
}

}  // namespace chainer
