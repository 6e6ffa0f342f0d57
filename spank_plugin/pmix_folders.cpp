#include "spank_plugin/pmix_folders.hpp"

#include "core/container/path_text.hpp"

namespace chainer {

PmixFolders find_pmix_folders(std::string_view server, std::string_view base, uid_t user) {
  if (!server.starts_with('/')) return {};
  PmixFolders folders{without_extra_slashes(server), {}};
  // SPOOL/pmix.JOB.STEP and BASE/spmix_appdir_UID_JOB.STEP (pmixp_info.c, the same since 20.11).
  constexpr std::string_view prefix = "pmix.";
  const std::string name = folders.server.substr(folders.server.find_last_of('/') + 1);
  if (!base.starts_with('/') || !name.starts_with(prefix)) return folders;
  folders.client = without_extra_slashes(base) + "/spmix_appdir_" + std::to_string(user) + "_" +
                   name.substr(prefix.size());
  return folders;
}

}  // namespace chainer
