#include "spank_plugin/own_program.hpp"

#include "core/container/mount_tree.hpp"
#include "core/container/path_text.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {

std::string program_beside(const std::string& helper, const char* name) {
  return parent_of(helper) + "/" + name;
}

Result<UniqueFd> mount_program(const std::string& path) {
  const auto found = open_site_path(path);
  if (found.verdict != SitePath::Verdict::opened || found.is_folder) {
    return Error::from_errno("cannot find " + path, found.error_number)
        .with_hint("an administrator must install it beside chainer-node, writable by root alone");
  }
  return clone_tree(found.place.get(), read_only(nosuid_nodev()));
}

void put_in_place_of(char** command, const std::string& program) {
  static std::string kept;  // until the task has its program
  kept = program;
  command[0] = kept.data();
}

}  // namespace chainer
