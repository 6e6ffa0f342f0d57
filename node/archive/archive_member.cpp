#include "node/archive/archive_member.hpp"

#include <optional>

namespace chainer::archive {
namespace {

Result<std::string> read_text(const TarEntry& member, TarReader& tar, std::size_t limit) {
  if (member.size > limit) {
    return Error{"'" + member.path + "' has " + std::to_string(member.size) + " bytes", "", 0,
                 Fault::user};
  }
  std::string text;
  while (true) {
    TRY_ASSIGN(const auto data, tar.next_data());
    if (!data) break;
    text.resize(data->offset);
    text += data->bytes;
    if (text.size() > limit)
      return Error::from_errno("cannot read '" + member.path + "'", EFBIG, Fault::user);
  }
  return text;
}

}  // namespace

Result<void> visit_members(const std::string& archive, const MemberVisitor& visit) {
  TRY_ASSIGN(auto tar, TarReader::open_file(archive));
  while (true) {
    TRY_ASSIGN(auto entry, tar.next());
    if (!entry) return {};
    TarEntry& member = *entry;
    if (member.path.starts_with("./")) member.path.erase(0, 2);
    TRY_ASSIGN(const auto visited, visit(member, tar));
    if (visited == Visit::stop) return {};
  }
}

Result<std::string> read_member(const std::string& archive, std::string_view name,
                                std::size_t limit) {
  std::optional<std::string> text;
  const auto take_it = [&](const TarEntry& member, TarReader& tar) -> Result<Visit> {
    if (member.path != name || member.type != FileType::regular) return Visit::go_on;
    auto read = read_text(member, tar, limit);
    if (!read) return std::move(read).error().within(archive);
    text = *std::move(read);
    return Visit::stop;
  };
  TRY(visit_members(archive, take_it));
  if (text) return *std::move(text);
  return Error{
      archive + " has no '" + std::string(name) + "'",
      "name what docker save, podman save or skopeo copy wrote; of a file system alone, as "
      "docker export writes it, name the folder that it is unpacked to",
      0, Fault::user};
}

}  // namespace chainer::archive
