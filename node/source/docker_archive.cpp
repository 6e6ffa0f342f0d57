#include "node/source/docker_archive.hpp"

#include <algorithm>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/name_list.hpp"
#include "node/archive/archive_member.hpp"
#include "node/archive/archive_path.hpp"
#include "node/archive/decoder.hpp"
#include "node/image/image_config.hpp"
#include "node/image/manifest.hpp"
#include "node/wire/blob_hash.hpp"
#include "node/wire/frame.hpp"
#include "node/wire/peer.hpp"

namespace chainer::source {
namespace {

using nlohmann::json;

constexpr BrokenDocument broken{"the archive's manifest.json", "save the image again"};

std::vector<std::string> texts_in(const json& array) {
  std::vector<std::string> texts;
  for (const auto& item : array) texts.push_back(item.is_string() ? item.get<std::string>() : "");
  return texts;
}

/// docker.io's names are saved in their short form.
std::string short_name(std::string_view name) {
  for (const std::string_view prefix : {"docker.io/", "library/"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  const auto slash = name.rfind('/');
  const bool tagged =
      name.find(':', slash == std::string_view::npos ? 0 : slash) != std::string_view::npos;
  return std::string(name) + (tagged ? "" : ":latest");
}

/// Hands out a member's bytes in pieces of any size.
archive::ReadInto member_reader(archive::TarReader& tar) {
  return [&tar, left = std::string_view()](std::span<char> into) mutable -> Result<std::size_t> {
    while (left.empty()) {
      TRY_ASSIGN(const auto data, tar.next_data());
      if (!data) return std::size_t{0};
      left = data->bytes;
    }
    const auto count = std::min(left.size(), into.size());
    std::copy_n(left.begin(), count, into.begin());
    left.remove_prefix(count);
    return count;
  };
}

Result<void> send_plain(archive::TarReader& tar, std::uint16_t stream, BlobSink& sink) {
  TRY_ASSIGN(auto decoder, archive::open_decoder(member_reader(tar)));
  std::vector<char> buffer(wire::data_frame_size);
  while (true) {
    TRY_ASSIGN(const auto got, decoder->read(buffer));
    if (got == 0) return sink.end(stream);
    TRY(sink.data(stream, {buffer.data(), got}));
  }
}

/// Old archives hold a layer once and link to it from other folders: `../ID/layer.tar`.
std::string link_target(const archive::TarEntry& member) {
  if (!member.hard_link.empty()) return member.hard_link;
  const auto folder = member.path.substr(0, member.path.rfind('/') + 1);
  const auto names = archive::split_path(folder + member.target);
  return names ? archive::join_path(*names) : std::string();
}

}  // namespace

Result<std::vector<DockerArchiveImage>> parse_docker_archive_manifest(std::string_view text) {
  const auto list = parse_json(text);
  if (!list.is_array() || list.empty()) return broken("it lists no image");
  std::vector<DockerArchiveImage> images;
  for (const auto& item : list) {
    DockerArchiveImage image{string_member(item, "Config"),
                             texts_in(array_member(item, "RepoTags")),
                             texts_in(array_member(item, "Layers"))};
    if (image.config.empty()) return broken("an image has no Config");
    if (image.layers.size() > image::most_layers) return broken("an image has too many layers");
    images.push_back(std::move(image));
  }
  return images;
}

Result<DockerArchiveImage> choose_named(const std::vector<DockerArchiveImage>& images,
                                        const std::string& name, const std::string& where) {
  std::string known;
  for (const auto& image : images) {
    for (const auto& tag : image.names) {
      if (!name.empty() && short_name(tag) == short_name(name)) return image;
      append_name(known, tag);
    }
  }
  if (name.empty() && images.size() == 1) return images.front();
  const auto what =
      name.empty() ? where + " has several images" : where + " has no image '" + name + "'";
  return Error{what, known.empty() ? "" : "it has: " + known, 0, Fault::user};
}

Result<ResolvedImage> DockerArchiveSource::resolve(const std::optional<Digest>& pinned) {
  TRY_ASSIGN(const auto manifest,
             archive::read_member(file_, "manifest.json", image::largest_manifest));
  TRY_ASSIGN(const auto images, parse_docker_archive_manifest(manifest));
  TRY_ASSIGN(const auto image, choose_named(images, name_, file_));
  TRY_ASSIGN(auto text, archive::read_member(file_, image.config, image::largest_config));
  TRY_ASSIGN(const auto config, image::parse_image_config(text));
  if (config.diff_ids.size() != image.layers.size())
    return broken("its layers are not those of the config");

  for (std::size_t i = 0; i < image.layers.size(); ++i)
    members_[config.diff_ids[i]] = image.layers[i];
  const auto digest = wire::BlobHash::of(text);
  const auto wanted = pinned ? pinned : digest_;
  if (wanted && digest != *wanted) {
    return Error{
        file_ + " now has the image " + digest.to_string() + " instead of " + wanted->to_string(),
        "submit again: the archive was changed after the job was submitted", 0, Fault::user};
  }
  return ResolvedImage{std::move(text), wire::Visibility::owner, digest};
}

Result<void> DockerArchiveSource::send_blobs(const wire::SendRequest& request, BlobSink& sink) {
  std::map<std::string, std::uint16_t, std::less<>> missing;
  for (std::size_t i = 0; i < request.blobs.size(); ++i) {
    const auto member = members_.find(request.blobs[i].digest);
    if (member == members_.end())
      return wire::nonsense_of(wire::Peer::stores_side, "asked for a layer of another image");
    missing.emplace(member->second, static_cast<std::uint16_t>(i));
  }
  const auto send_wanted = [&](const archive::TarEntry& member,
                               archive::TarReader& tar) -> Result<archive::Visit> {
    const auto found = missing.find(member.path);
    if (found == missing.end()) return archive::Visit::go_on;
    const auto stream = found->second;
    const bool is_link = member.type == archive::FileType::symlink || !member.hard_link.empty();
    missing.erase(found);
    if (is_link) {
      missing.emplace(link_target(member), stream);
    } else {
      TRY(send_plain(tar, stream, sink));
    }
    return missing.empty() ? archive::Visit::stop : archive::Visit::go_on;
  };
  // The second pass finds what links of the first one lead back to.
  for (int pass = 0; pass < 2 && !missing.empty(); ++pass) {
    TRY(archive::visit_members(file_, send_wanted));
  }
  if (missing.empty()) return {};
  return Error{file_ + " has no '" + missing.begin()->first + "'", "save the image again", 0,
               Fault::user};
}

}  // namespace chainer::source
