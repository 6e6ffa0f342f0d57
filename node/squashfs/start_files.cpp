#include "node/squashfs/start_files.hpp"

#include <algorithm>
#include <iterator>

namespace chainer::squashfs {

bool is_looked_up_by_every_start(std::string_view folder, std::string_view name) {
  constexpr std::string_view of_etc[] = {"group", "passwd"};
  if (folder == "/etc") return std::ranges::find(of_etc, name) != std::end(of_etc);
  return folder.empty() || folder == "/opt/chainer" || is_mapped_by_every_start(name);
}

bool is_mapped_by_every_start(std::string_view name) {
  if (name == "ld.so.cache") return true;
  const bool is_library = name.find(".so") != name.npos;
  return is_library &&
         (name.starts_with("ld-") || name.starts_with("libc.so.") ||
          name.starts_with("libc-2."));  // glibc before 2.34 has links to ld-2.31.so, libc-2.31.so
}

}  // namespace chainer::squashfs
