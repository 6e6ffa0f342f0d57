#include "core/container/mount_spec.hpp"

#include <algorithm>

#include "core/container/path_text.hpp"
#include "core/dotted_path.hpp"
#include "core/result.hpp"

namespace chainer {
namespace {

constexpr std::string_view tmpfs = "tmpfs";

Error malformed(std::string_view text, std::string why) {
  return {"'" + std::string(text) + "' is not a mount: " + std::move(why),
          "a mount is SRC, SRC:DST, SRC:DST:ro or tmpfs:DST, with commas between several and a "
          "backslash before a colon or a comma that belongs to a path",
          0, Fault::user};
}

/// Where `mark` stands in `text` without a backslash in front; the end when nowhere.
std::size_t find_unquoted(std::string_view text, char mark) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == mark) return at;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

/// The parts between unquoted marks, still quoted.
std::vector<std::string_view> split(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = find_unquoted(text, mark);
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string unquoted(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    plain += text[at];
  }
  return plain;
}

/// What is wrong with a destination; nothing for a valid one.
std::string fault_of_destination(std::string_view path) {
  if (!path.starts_with('/')) return "the destination is not an absolute path";
  if (path.find_first_not_of('/') == std::string_view::npos)
    return "nothing can be mounted over / itself";
  if (has_dots(path)) return "the destination has . or .. in it";
  return {};
}

/// `path` relative to `folder`, with . and .. taken out of the text.
std::string joined(std::string_view folder, std::string_view path) {
  std::string whole(folder);
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(component.size() + 1, path.size()));
    if (component == "..") {
      whole = parent_of(whole);
    } else if (!component.empty() && component != ".") {
      whole += (whole.ends_with('/') ? "" : "/") + std::string(component);
    }
  }
  return whole;
}

/// Whether a path says by itself that it starts at the job's directory.
bool is_dotted(std::string_view path) {
  const auto first = path.substr(0, path.find('/'));
  return first == "." || first == "..";
}

bool is_access(std::string_view text) { return text == "ro" || text == "rw"; }

}  // namespace

Result<MountSpec> MountSpec::parse(std::string_view text) {
  auto parts = split(text, ':');
  MountSpec mount;
  // Whatever stands where options would stand is taken for one.
  if (parts.size() > 1 && (is_access(parts.back()) || parts.size() > 2)) {
    const auto options =
        text.substr(static_cast<std::size_t>(parts[parts.size() > 2 ? 2 : 1].data() - text.data()));
    if (!is_access(options))
      return malformed(text, "'" + std::string(options) + "' is neither ro nor rw");
    mount.access = options == "ro" ? Access::read_only : Access::read_write;
    parts.pop_back();
  }
  mount.source = unquoted(parts[0]);
  if (mount.source.empty()) return malformed(text, "the source is missing");
  if (parts[0] == tmpfs && parts.size() > 1) mount.kind = Kind::tmpfs;
  if (mount.kind == Kind::tmpfs && mount.access == Access::read_only)
    return malformed(text, "an empty folder that cannot be written is no use");
  if (parts.size() == 1 && is_dotted(mount.source)) return mount;
  // A lone word is more likely a slip than a folder.
  if (parts.size() == 1 && !mount.source.starts_with('/'))
    return malformed(text, "the destination is missing");

  const std::string destination = parts.size() == 1 ? mount.source : unquoted(parts[1]);
  if (auto fault = fault_of_destination(destination); !fault.empty())
    return malformed(text, std::move(fault));
  mount.destination = without_extra_slashes(destination);
  return mount;
}

Result<std::vector<MountSpec>> MountSpec::parse_list(std::string_view text) {
  std::vector<MountSpec> mounts;
  for (const auto part : split(text, ',')) {
    TRY_ASSIGN(auto mount, parse(part));
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Result<MountSpec> MountSpec::in(std::string_view working_directory) const {
  MountSpec placed = *this;
  if (!placed.destination.empty()) return placed;
  placed.destination = joined(working_directory, source);
  if (auto fault = fault_of_destination(placed.destination); !fault.empty())
    return malformed(source, std::move(fault));
  return placed;
}

}  // namespace chainer
