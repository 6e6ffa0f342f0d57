#include "node/source/oci_layout.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"
#include "node/wire/blob_hash.hpp"
#include "node/wire/frame.hpp"

namespace chainer {
namespace {

Result<UniqueFd> open_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Error::from_errno("cannot read " + path, errno, Fault::user);
  return fd;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto fd = open_file(path);
  if (!fd) return fd.error();
  auto text = read_all(fd->get(), limit);
  if (!text) return std::move(text).error().within(path);
  return text;
}

}  // namespace

Result<ImageIndex::Item> choose_tagged(const ImageIndex& index, const std::string& tag,
                                       const std::string& where) {
  std::vector<ImageIndex::Item> found;
  std::string names;
  for (const auto& item : index.items) {
    if (item.platform.is_unknown()) continue;
    if (tag.empty() || item.name == tag) found.push_back(item);
    if (!item.name.empty()) names += (names.empty() ? "" : ", ") + item.name;
  }
  if (found.size() == 1) return found.front();
  const std::string known = names.empty() ? "it names none" : "it has: " + names;
  if (found.empty()) {
    return Error{where + " has no image" + (tag.empty() ? "" : " '" + tag + "'"), known, 0,
                 Fault::user};
  }
  // One image for several platforms, listed without an index of its own.
  ImageIndex same{found};
  if (const auto chosen = choose_platform(same, Platform::ours()); chosen && !tag.empty()) {
    return ImageIndex::Item{*chosen};
  }
  return Error{where + " has several images", "say which, as in " + where + ":TAG; " + known, 0,
               Fault::user};
}

Result<std::string> OciLayoutSource::read_checked(const Digest& digest) {
  auto text = blobs_->read_blob(digest, largest_manifest);
  if (!text) return text;
  if (const auto got = BlobHash::of(*text); got != digest) {
    return Error{where_ + " is damaged: the blob " + digest.to_string() + " has the digest " +
                     got.to_string(),
                 "make the image again", 0, Fault::user};
  }
  return text;
}

Result<ResolvedImage> OciLayoutSource::resolve(const std::optional<Digest>& pinned) {
  auto index_text = blobs_->read_index();
  if (!index_text) return std::move(index_text).error();
  const auto outer = parse_manifest(*index_text);
  if (!outer) return outer.error();
  const auto* index = std::get_if<ImageIndex>(&*outer);
  if (index == nullptr) return Error{where_ + " has no index.json of a layout", "", 0, Fault::user};

  // A pinned digest may be of the image itself, which index.json need not list.
  auto next = pinned ? pinned : digest_;
  if (!next) {
    const auto item = choose_tagged(*index, tag_, where_);
    if (!item) return item.error();
    next = item->descriptor.digest;
  }
  // An index may list indexes; more than one level is nobody's practice.
  for (int level = 0; level < 3; ++level) {
    auto text = read_checked(*next);
    if (!text) return std::move(text).error();
    const auto document = parse_manifest(*text);
    if (!document) return document.error();
    const auto* inner = std::get_if<ImageIndex>(&*document);
    if (inner == nullptr) {
      return ResolvedImage{*std::move(text), Visibility::owner, *next};
    }
    const auto chosen = choose_platform(*inner, Platform::ours());
    if (!chosen) return chosen.error();
    next = chosen->digest;
  }
  return Error{where_ + " nests its indexes too deeply", "make the image again", 0, Fault::user};
}

std::string OciDirectory::blob_path(const Digest& digest) const {
  return directory_ + "/blobs/sha256/" + digest.hex();
}

Result<std::string> OciDirectory::read_index() {
  return read_file(directory_ + "/index.json", largest_manifest);
}

Result<std::string> OciDirectory::read_blob(const Digest& digest, std::size_t limit) {
  return read_file(blob_path(digest), limit);
}

Result<void> OciDirectory::send_blobs(const SendRequest& request, BlobSink& sink) {
  std::vector<char> buffer(data_frame_size);
  for (std::size_t i = 0; i < request.blobs.size(); ++i) {
    const auto stream = static_cast<std::uint16_t>(i);
    const auto path = blob_path(request.blobs[i].digest);
    const auto fd = open_file(path);
    if (!fd) return fd.error();
    while (true) {
      const ssize_t got = ::read(fd->get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error::from_errno("cannot read " + path, errno, Fault::user);
      if (got == 0) break;
      if (auto sent = sink.data(stream, {buffer.data(), static_cast<std::size_t>(got)}); !sent)
        return sent;
    }
    if (auto ended = sink.end(stream); !ended) return ended;
  }
  return {};
}

}  // namespace chainer
