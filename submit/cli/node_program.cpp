#include "submit/cli/node_program.hpp"

#include "core/beside_this_program.hpp"
#include "install_paths.hpp"

namespace chainer::cli {

std::string find_on_nodes(const std::string& program, const std::string& folder_of_build) {
  const auto path =
      find_beside_this_program(program, {"", "../libexec/chainer", "../" + folder_of_build});
  return path.starts_with('/') ? path : std::string(programs_folder) + "/" + path;
}

}  // namespace chainer::cli
