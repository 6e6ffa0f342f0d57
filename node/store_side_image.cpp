// The store's side of an image: look it up, or take its blobs in and convert them.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "node/blob_hash.hpp"
#include "node/image_config.hpp"
#include "node/image_intake.hpp"
#include "node/layer_stream.hpp"
#include "node/manifest.hpp"
#include "node/message.hpp"
#include "node/session.hpp"
#include "node/squashfs_image.hpp"
#include "node/store_lock.hpp"
#include "node/wait_notice.hpp"

namespace chainer {
namespace {

using Clock = std::chrono::steady_clock;

// lz4 about halves an image: what does not fit into this many quotas does not fit into one.
constexpr std::uint64_t unpacked_quotas = 4;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What the manifest (or, for a docker-archive, the config) says about an image.
struct ImagePlan {
  Digest key;
  std::string config{};  ///< its text, when it came as the manifest
  std::optional<std::size_t> config_stream{};
  std::vector<std::size_t> layers{};  ///< streams, top first
  SendRequest request{};              ///< in the order in which we want to read

  std::uint64_t known_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& blob : request.blobs) bytes += blob.size.value_or(0);
    return bytes;
  }
};

/// A blob that several layers name is sent once.
std::size_t stream_of(SendRequest& request, const Digest& digest,
                      std::optional<std::uint64_t> size) {
  const auto found = std::ranges::find(request.blobs, digest, &SendRequest::Blob::digest);
  if (found != request.blobs.end()) return static_cast<std::size_t>(found - request.blobs.begin());
  request.blobs.push_back({digest, size});
  return request.blobs.size() - 1;
}

Result<ImagePlan> plan_from_config(std::string_view text) {
  const auto config = parse_image_config(text);
  if (!config) return config.error();
  ImagePlan plan{BlobHash::of(text), std::string(text)};
  for (auto id = config->diff_ids.rbegin(); id != config->diff_ids.rend(); ++id) {
    plan.layers.push_back(stream_of(plan.request, *id, std::nullopt));
  }
  return plan;
}

Result<ImagePlan> plan_from_manifest(std::string_view text) {
  const auto document = parse_manifest(text);
  if (!document) return document.error();
  const auto* manifest = std::get_if<ImageManifest>(&*document);
  if (manifest == nullptr) {
    return Error{"the other side sent an index instead of a manifest", "", 0, Fault::defect};
  }
  if (manifest->config.size > largest_config) {
    return Error{"the image's config is too large", "make the image again", 0, Fault::user};
  }
  ImagePlan plan{BlobHash::of(text)};
  plan.config_stream = stream_of(plan.request, manifest->config.digest, manifest->config.size);
  for (auto layer = manifest->layers.rbegin(); layer != manifest->layers.rend(); ++layer) {
    plan.layers.push_back(stream_of(plan.request, layer->digest, layer->size));
  }
  return plan;
}

/// One image that is to be in the store.
class ImageService {
 public:
  ImageService(StoreSession& session, const Hello& hello, ImagePlan plan)
      : session_(session),
        name_("image " + hello.reference),
        plan_(std::move(plan)),
        target_{plan_.key, std::nullopt} {
    const bool shared =
        hello.visibility == Visibility::everyone || session.sharing == PrivateImages::share;
    if (!shared) target_.owner = session.owner;
  }

  Result<Served> serve() {
    const auto start = Clock::now();
    while (true) {
      auto found = find();
      if (!found) return std::move(found).error();
      if (*found) return there(**found, seconds_since(start));

      auto lock = take_or_wait(lock_request());
      if (!lock) return std::move(lock).error();
      if (!std::holds_alternative<StoreLock>(*lock)) continue;
      // Between our look and our lock another flight may have landed.
      found = find();
      if (!found) return std::move(found).error();
      if (*found) return there(**found, seconds_since(start));
      return fly(std::get<StoreLock>(*lock), seconds_since(start));
    }
  }

 private:
  /// The image as everybody's, else as this user's own.
  Result<std::optional<StoreEntry>> find() const {
    for (const auto& entry :
         {StoreEntry{plan_.key, std::nullopt}, StoreEntry{plan_.key, session_.owner}}) {
      const auto there = session_.store.touch(entry);
      if (!there) return there.error();
      if (*there) return std::optional(entry);
    }
    return std::optional<StoreEntry>();
  }

  Served there(const StoreEntry& entry, double waited) const {
    return {entry, Ready{plan_.key, {{"wait", waited}}, 0, false}};
  }

  LockRequest lock_request() {
    const auto owner = target_.owner ? std::to_string(*target_.owner) : "public";
    return {session_.store.lock_folder(),
            owner + "-" + plan_.key.hex(),
            session_.label,
            std::chrono::seconds(30),
            std::chrono::milliseconds(100),
            [notice = WaitNotice(session_.label, name_, session_.say)](
                const FlightProgress& progress) mutable { notice.update(progress); },
            session_.owner};
  }

  Result<Served> fly(StoreLock& lock, double waited) {
    const auto start = Clock::now();
    auto bytes = make_entry(lock);
    if (!bytes) {
      // Who was cancelled says nothing about the image: the next waiter tries for itself.
      if (bytes.error().error_number != EPIPE) lock.fail(bytes.error());
      return std::move(bytes).error();
    }
    return Served{
        target_,
        Ready{plan_.key, {{"wait", waited}, {"convert", seconds_since(start)}}, *bytes, true}};
  }

  Result<std::uint64_t> make_entry(StoreLock& lock) {
    if (auto room = session_.store.make_room(plan_.known_bytes()); !room)
      return storing(std::move(room).error());
    auto pending = session_.store.begin();
    if (!pending) return storing(std::move(pending).error());

    const auto total = plan_.known_bytes();
    auto intake = ImageIntake::start(session_, plan_.request,
                                     [&](std::uint64_t done) { lock.beat(done, total, name_); });
    if (!intake) return storing(std::move(intake).error());

    auto bytes = convert(**intake, pending->fd(), lock);
    if (!bytes) {
      // What stopped the intake is the cause; the conversion only ran out of bytes.
      auto cause = (*intake)->failure();
      if (session_.peer_printed()) return *std::move(cause);
      return storing(cause ? *std::move(cause) : std::move(bytes).error());
    }
    if (auto filed = session_.store.commit(*std::move(pending), target_); !filed) {
      return storing(std::move(filed).error());
    }
    return bytes;
  }

  Result<std::uint64_t> convert(ImageIntake& intake, int fd, StoreLock& lock) {
    const auto config = read_config(intake);
    if (!config) return config.error();
    const auto unpacked = session_.store.quota() * unpacked_quotas;
    auto image = SquashfsImage::create(
        fd, {.unpacked_bytes = unpacked, .make_room = [&](std::uint64_t bytes) {
               return session_.store.make_room(bytes + intake.bytes());
             }});
    if (!image) return std::move(image).error();
    // A conversion that is slower than its download shows that it lives by what it has read.
    std::uint64_t converted = 0;
    const std::function<void(std::size_t)> on_read = [&](std::size_t bytes) {
      converted += bytes;
      lock.beat(intake.bytes(), plan_.known_bytes(),
                name_ + ", " + human_bytes(converted) + " converted");
    };
    for (const auto stream : plan_.layers) {
      auto added = image->add_layer([&, stream]() -> Result<std::unique_ptr<ByteSource>> {
        return open_layer(intake.spool(stream), unpacked, on_read);
      });
      if (!added) return std::move(added).error();
    }
    if (auto completed = complete(*image, *config); !completed) return std::move(completed).error();
    // Nothing is filed before every byte of every blob was right.
    if (auto all = intake.finish(); !all) return std::move(all).error();
    return image->finish();
  }

  static std::unique_ptr<ByteSource> open_layer(BlobSpool& spool, std::uint64_t largest,
                                                const std::function<void(std::size_t)>& on_read) {
    return std::make_unique<LayerStream>(
        [&spool, &on_read, offset = std::uint64_t{0}](std::span<char> into) mutable {
          auto got = spool.read(offset, into);
          if (!got) return got;
          offset += *got;
          on_read(*got);
          return got;
        },
        largest);
  }

  Result<ImageConfig> read_config(ImageIntake& intake) const {
    if (!plan_.config_stream) return parse_image_config(plan_.config);
    BlobSpool& blob = intake.spool(*plan_.config_stream);
    if (auto whole = blob.wait(); !whole) return std::move(whole).error();
    std::string text(blob.expected_size().value_or(0), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const auto got = blob.read(done, std::span(text).subspan(done));
      if (!got) return got.error();
      done += *got;
    }
    return parse_image_config(text);
  }

  /// What every entry has: the image's settings for root to read, and places to mount on.
  Result<void> complete(SquashfsImage& image, const ImageConfig& config) const {
    for (const auto* path :
         {"/proc", "/sys", "/dev", "/run", "/opt/chainer/env", "/opt/chainer/tools"}) {
      if (auto made = image.ensure_directory(path, 0755); !made) return made;
    }
    if (auto made = image.ensure_directory("/tmp", 01777); !made) return made;
    for (const auto* path : {"/etc/passwd", "/etc/group", "/etc/hosts", "/etc/resolv.conf"}) {
      if (auto made = image.ensure_file(path); !made) return made;
    }
    return image.put_file("/opt/chainer/image.conf", image_conf(config, plan_.key));
  }

  Error storing(Error error) const { return std::move(error).within("cannot store the " + name_); }

  StoreSession& session_;
  std::string name_;
  ImagePlan plan_;
  StoreEntry target_;
};

}  // namespace

Result<Served> serve_image(StoreSession& session, const Hello& hello) {
  const auto frame = session.receive();
  if (!frame) return frame.error();
  if (frame->type != FrameType::manifest) {
    return Error{"the other side sent no manifest", "", 0, Fault::defect};
  }
  auto plan = hello.manifest == ManifestKind::config ? plan_from_config(frame->payload)
                                                     : plan_from_manifest(frame->payload);
  if (!plan) return std::move(plan).error().within("cannot use the image " + hello.reference);
  return ImageService(session, hello, *std::move(plan)).serve();
}

}  // namespace chainer
