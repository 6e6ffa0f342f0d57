#include "node/source/oci_layout.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "core/fd_io.hpp"
#include "core/name_list.hpp"
#include "core/text_file.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/blob_hash.hpp"
#include "node/wire/frame.hpp"

namespace chainer::source {
namespace {

Result<UniqueFd> open_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Error::from_errno("cannot read " + path, errno, Fault::user);
  return fd;
}

}  // namespace

Result<image::ImageIndex::Item> choose_tagged(const image::ImageIndex& index,
                                              const std::string& tag, const std::string& where) {
  std::vector<image::ImageIndex::Item> found;
  std::string names;
  for (const auto& item : index.items) {
    if (item.platform.is_unknown()) continue;
    if (tag.empty() || item.name == tag) found.push_back(item);
    if (!item.name.empty()) append_name(names, item.name);
  }
  if (found.size() == 1) return found.front();
  const std::string known = names.empty() ? "it names none" : "it has: " + names;
  if (found.empty()) {
    return Error{where + " has no image" + (tag.empty() ? "" : " '" + tag + "'"), known, 0,
                 Fault::user};
  }
  // One image for several platforms, listed without an index of its own.
  image::ImageIndex same{found};
  if (const auto chosen = image::choose_platform(same, image::Platform::ours());
      chosen && !tag.empty()) {
    return image::ImageIndex::Item{*chosen};
  }
  return Error{where + " has several images", "say which, as in " + where + ":TAG; " + known, 0,
               Fault::user};
}

Result<std::string> OciLayoutSource::read_checked(const Digest& digest) {
  TRY_ASSIGN(auto text, blobs_->read_blob(digest, image::largest_manifest));
  if (const auto got = wire::BlobHash::of(text); got != digest) {
    return Error{where_ + " is damaged: the blob " + digest.to_string() + " has the digest " +
                     got.to_string(),
                 "make the image again", 0, Fault::user};
  }
  return text;
}

Result<ResolvedImage> OciLayoutSource::resolve(const std::optional<Digest>& pinned) {
  TRY_ASSIGN(auto index_text, blobs_->read_index());
  TRY_ASSIGN(const auto outer, image::parse_manifest(index_text));
  const auto* index = std::get_if<image::ImageIndex>(&outer);
  if (index == nullptr) return Error{where_ + " has no index.json of a layout", "", 0, Fault::user};

  // A pinned digest may be of the image itself, which index.json need not list.
  auto next = pinned ? pinned : digest_;
  if (!next) {
    TRY_ASSIGN(const auto item, choose_tagged(*index, tag_, where_));
    next = item.descriptor.digest;
  }
  for (int level = 0; level < image::most_index_levels; ++level) {
    TRY_ASSIGN(auto text, read_checked(*next));
    TRY_ASSIGN(const auto document, image::parse_manifest(text));
    const auto* inner = std::get_if<image::ImageIndex>(&document);
    if (inner == nullptr) {
      return ResolvedImage{std::move(text), wire::Visibility::owner, *next};
    }
    TRY_ASSIGN(const auto chosen, image::choose_platform(*inner, image::Platform::ours()));
    next = chosen.digest;
  }
  return Error{where_ + " nests its indexes too deeply", "make the image again", 0, Fault::user};
}

std::string OciDirectory::blob_path(const Digest& digest) const {
  return directory_ + "/blobs/sha256/" + digest.hex();
}

Result<std::string> OciDirectory::read_index() {
  return read_file(directory_ + "/index.json", image::largest_manifest);
}

Result<std::string> OciDirectory::read_blob(const Digest& digest, std::size_t limit) {
  return read_file(blob_path(digest), limit);
}

Result<void> OciDirectory::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  std::vector<char> buffer(wire::data_frame_size);
  for (std::size_t i = 0; i < request.blobs.size(); ++i) {
    const auto stream = static_cast<std::uint16_t>(i);
    const auto path = blob_path(request.blobs[i].digest);
    TRY_ASSIGN(const auto fd, open_file(path));
    while (true) {
      const ssize_t got = read_some(fd.get(), buffer.data(), buffer.size());
      if (got < 0) return Error::from_errno("cannot read " + path, errno, Fault::user);
      if (got == 0) break;
      TRY(sink.data(stream, {buffer.data(), static_cast<std::size_t>(got)}));
    }
    TRY(sink.end(stream));
  }
  return {};
}

}  // namespace chainer::source
