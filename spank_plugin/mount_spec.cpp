#include "spank_plugin/mount_spec.hpp"

#include <algorithm>

namespace chainer {
namespace {

Error malformed(std::string_view text, std::string why) {
  return {"'" + std::string(text) + "' is not a mount: " + std::move(why),
          "a mount is SRC:DST or SRC:DST:ro, both absolute paths", 0, Fault::user};
}

/// A symlink of the image on the way would give ".." another meaning than it has in the text.
bool has_dots(std::string_view path) {
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    if (component == "." || component == "..") return true;
    path.remove_prefix(std::min(component.size() + 1, path.size()));
  }
  return false;
}

}  // namespace

Result<MountSpec> MountSpec::parse(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos) return malformed(text, "the destination is missing");
  const auto second = text.find(':', first + 1);
  const auto source = text.substr(0, first);
  const auto destination =
      text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
  const auto options =
      second == std::string_view::npos ? std::string_view{"rw"} : text.substr(second + 1);

  if (!source.starts_with('/')) return malformed(text, "the source is not an absolute path");
  if (!destination.starts_with('/'))
    return malformed(text, "the destination is not an absolute path");
  if (destination.find_first_not_of('/') == std::string_view::npos) {
    return malformed(text, "nothing can be mounted over / itself");
  }
  if (has_dots(destination)) return malformed(text, "the destination has . or .. in it");
  if (options != "ro" && options != "rw") {
    return malformed(text, "'" + std::string(options) + "' is neither ro nor rw");
  }
  return MountSpec{std::string(source), std::string(destination),
                   options == "ro" ? Access::read_only : Access::read_write};
}

}  // namespace chainer
