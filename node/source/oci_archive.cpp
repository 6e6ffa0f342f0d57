#include "node/source/oci_archive.hpp"

#include <map>

#include "node/archive/archive_member.hpp"
#include "node/wire/frame.hpp"

namespace chainer::source {
namespace {

std::string member_of(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

Result<void> send_member(archive::TarReader& tar, std::uint16_t stream, BlobSink& sink) {
  while (true) {
    TRY_ASSIGN(const auto data, tar.next_data());
    if (!data) return sink.end(stream);
    auto bytes = data->bytes;
    while (!bytes.empty()) {
      const auto piece = bytes.substr(0, wire::data_frame_size);
      TRY(sink.data(stream, piece));
      bytes.remove_prefix(piece.size());
    }
  }
}

}  // namespace

Result<std::string> OciArchive::read_index() {
  return archive::read_member(file_, "index.json", image::largest_manifest);
}

Result<std::string> OciArchive::read_blob(const Digest& digest, std::size_t limit) {
  return archive::read_member(file_, member_of(digest), limit);
}

Result<void> OciArchive::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  std::map<std::string, std::uint16_t, std::less<>> missing;
  for (std::size_t i = 0; i < request.blobs.size(); ++i) {
    missing.emplace(member_of(request.blobs[i].digest), static_cast<std::uint16_t>(i));
  }
  const auto send_wanted = [&](const archive::TarEntry& member,
                               archive::TarReader& tar) -> Result<archive::Visit> {
    const auto found = missing.find(member.path);
    if (found == missing.end() || member.type != archive::FileType::regular)
      return archive::Visit::go_on;
    TRY(send_member(tar, found->second, sink));
    missing.erase(found);
    return missing.empty() ? archive::Visit::stop : archive::Visit::go_on;
  };
  TRY(archive::visit_members(file_, send_wanted));
  if (missing.empty()) return {};
  return Error{file_ + " has no '" + missing.begin()->first + "'", "make the archive again", 0,
               Fault::user};
}

}  // namespace chainer::source
