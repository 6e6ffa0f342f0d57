#include "spank_plugin/roots_folder.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "core/container/path_text.hpp"
#include "spank_plugin/site_path.hpp"

namespace chainer {
namespace {

Error distrusted(const std::string& folder, const SitePath& walked) {
  if (walked.verdict == SitePath::Verdict::unreadable)
    return Error::from_errno("cannot open " + folder, walked.error_number);
  return Error{"cannot trust " + folder + ": others than root can write in " + walked.name,
               "an administrator must correct the owner and mode of that folder, or 'run_dir' in "
               "plugin.conf"};
}

}  // namespace

Result<UniqueFd> own_folder(const std::string& folder, mode_t mode) {
  auto walked = open_site_folder(folder);
  if (walked.verdict == SitePath::Verdict::absent) {
    const auto above = open_site_folder(parent_of(folder));
    if (above.verdict != SitePath::Verdict::opened) return distrusted(folder, above);
    const auto name = folder.substr(folder.find_last_of('/') + 1);
    if (::mkdirat(above.place.get(), name.c_str(), mode) != 0 && errno != EEXIST)
      return Error::from_errno("cannot make " + folder, errno);
    walked = open_site_folder(folder);
  }
  if (walked.verdict != SitePath::Verdict::opened) return distrusted(folder, walked);
  return std::move(walked.place);
}

Result<Staging> staging_below(const std::string& run_dir, Staging::Holds holds) {
  const std::string path = run_dir + "/root";
  TRY(own_folder(run_dir, 0755));
  TRY_ASSIGN(const auto place, own_folder(path, 0700));
  return Staging::over(place.get(), path, holds);
}

}  // namespace chainer
