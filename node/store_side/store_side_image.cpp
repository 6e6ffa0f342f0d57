// The store's side of an image: look it up, or take its blobs in and convert them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "core/image_owners.hpp"
#include "node/archive/layer_stream.hpp"
#include "node/image/image_config.hpp"
#include "node/image/manifest.hpp"
#include "node/squashfs/squashfs_image.hpp"
#include "node/store/store_lock.hpp"
#include "node/store/store_room.hpp"
#include "node/store_side/flight.hpp"
#include "node/store_side/image_intake.hpp"
#include "node/store_side/pinned_image.hpp"
#include "node/store_side/session.hpp"
#include "node/wire/blob_hash.hpp"
#include "node/wire/message.hpp"

namespace chainer::store_side {
namespace {

using Clock = std::chrono::steady_clock;

/// What the manifest or, where the image is known by it, the config says about an image.
struct ImagePlan {
  EntryKind kind;
  Digest key;
  std::string config{};  ///< its text, when that is the document
  std::optional<std::size_t> config_stream{};
  std::vector<std::size_t> layers{};  ///< streams, top first
  wire::SendRequest request{};        ///< in the order in which we want to read

  std::uint64_t known_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& blob : request.blobs) bytes += blob.size.value_or(0);
    return bytes;
  }
};

/// A blob that several layers name is sent once.
std::size_t stream_of(wire::SendRequest& request, const Digest& digest,
                      std::optional<std::uint64_t> size) {
  const auto found = std::ranges::find(request.blobs, digest, &wire::SendRequest::Blob::digest);
  if (found != request.blobs.end()) return static_cast<std::size_t>(found - request.blobs.begin());
  request.blobs.push_back({digest, size});
  return request.blobs.size() - 1;
}

Result<ImagePlan> plan_from_config(std::string_view text) {
  TRY_ASSIGN(const auto config, image::parse_image_config(text));
  ImagePlan plan{EntryKind::config, wire::BlobHash::of(text), std::string(text)};
  for (auto id = config.diff_ids.rbegin(); id != config.diff_ids.rend(); ++id) {
    plan.layers.push_back(stream_of(plan.request, *id, std::nullopt));
  }
  return plan;
}

Result<ImagePlan> plan_from_manifest(std::string_view text) {
  TRY_ASSIGN(const auto document, image::parse_manifest(text));
  const auto* manifest = std::get_if<image::ImageManifest>(&document);
  if (manifest == nullptr) {
    return wire::nonsense_of(wire::Peer::users_side, "sent an index instead of a manifest");
  }
  if (manifest->config.size > image::largest_config) {
    return Error{"the image's config is too large", "make the image again", 0, Fault::user};
  }
  ImagePlan plan{EntryKind::manifest, wire::BlobHash::of(text)};
  plan.config_stream = stream_of(plan.request, manifest->config.digest, manifest->config.size);
  for (auto layer = manifest->layers.rbegin(); layer != manifest->layers.rend(); ++layer) {
    plan.layers.push_back(stream_of(plan.request, layer->digest, layer->size));
  }
  return plan;
}

/// The bytes of the entry so far, and how many of them were made from verified blobs alone.
class Output {
 public:
  explicit Output(store::StoreRoom& room) : room_(room) {}

  /// What is written from now on is made from this blob too.
  void goes_on_with(store::BlobSpool& blob) { source_ = &blob; }
  /// Called by whoever writes, for a file of `bytes` in all.
  Result<void> grow_to(std::uint64_t bytes) {
    auto* source = source_.load();
    if (source == nullptr || source->is_complete()) verified_ = bytes;
    return room_.hold_output({verified_, bytes - verified_});
  }

 private:
  store::StoreRoom& room_;
  std::atomic<store::BlobSpool*> source_{nullptr};
  std::uint64_t verified_{0};
};

/// One image that is to be in the store.
class ImageService {
 public:
  ImageService(StoreSession& session, const wire::Hello& hello, ImagePlan plan,
               store::StoreLock* outer)
      : session_(session),
        name_("image " + hello.reference),
        outer_(outer),
        plan_(std::move(plan)),
        target_{plan_.kind, plan_.key, audience_of(session, hello)} {}

  Result<Served> serve() {
    std::optional<StoreEntry> found;
    const bool is_own = target_.audience.user().has_value();
    const FlightGoal goal{name_,
                          std::string(name_of(plan_.kind)) + "-" + plan_.key.hex(),
                          is_own ? FlightGoal::Makers::owner : FlightGoal::Makers::everyone,
                          outer_,
                          {target_.path()}};
    const auto look_up = [&]() -> Result<bool> {
      TRY_ASSIGN(found, find());
      return found.has_value();
    };
    TRY_ASSIGN(auto flight, take_flight(session_, goal, look_up));
    if (found) return Served{*found, wire::Ready{plan_.key, waited_for(flight.waited)}};
    return fly(*flight.lock, waited_for(flight.waited));
  }

 private:
  static Audience audience_of(const StoreSession& session, const wire::Hello& hello) {
    if (hello.visibility == wire::Visibility::everyone) return Audience::everyone();
    if (session.sharing == PrivateImages::share) return Audience::sharers();
    return Audience::only(session.owner);
  }

  /// The image as everybody's, as this user's own, or as shared with those who can show the bytes
  /// that its key is the digest of. This user has just shown them.
  Result<std::optional<StoreEntry>> find() {
    for (const auto& audience :
         {Audience::everyone(), Audience::only(session_.owner), Audience::sharers()}) {
      if (audience.is_sharers() && session_.sharing != PrivateImages::share) continue;
      const StoreEntry entry{plan_.kind, plan_.key, audience};
      TRY_ASSIGN(const auto there, session_.find(entry));
      if (!there) continue;
      TRY(grant(entry));
      return std::optional(entry);
    }
    return std::optional<StoreEntry>();
  }

  Result<void> grant(const StoreEntry& entry) const {
    if (!entry.audience.is_sharers()) return {};
    return session_.store.write_note(grant_path(entry.kind, entry.key, session_.owner), "");
  }

  Result<Served> fly(store::StoreLock& lock, PreparationWork work) {
    const auto start = Clock::now();
    auto bytes = make_entry(lock);
    if (!bytes) return failed(lock, std::move(bytes).error());
    work.phases.push_back(downloaded_);
    work.phases.push_back({Phase::convert, wire::seconds_since(start), *bytes});
    work.made_here = true;
    work.evicted = evicted_;
    return Served{target_, wire::Ready{plan_.key, std::move(work)}};
  }

  Error failed(store::StoreLock& lock, Error error) const {
    if (!session_.peer_printed()) error = std::move(error).within("cannot store the " + name_);
    fail_flight(lock, error);
    return error;
  }

  Result<std::uint64_t> make_entry(store::StoreLock& lock) {
    // What a manifest claims evicts nothing: it is only asked whether it makes sense to begin.
    const auto total = plan_.known_bytes();
    TRY(store::StoreRoom::can_ever_fit(session_.store, total));
    TRY_ASSIGN(auto room, store::StoreRoom::open(session_.store, session_.owner));
    TRY_ASSIGN(auto pending, session_.store.begin());

    const auto on_bytes = [&](std::uint64_t done, ImageIntake::News news) {
      if (news == ImageIntake::News::blob_verified) lock.verified();
      lock.beat(done, total, name_);
    };
    TRY_ASSIGN(auto intake, ImageIntake::start(session_, room, plan_.request, on_bytes));

    auto bytes = convert(*intake, pending.fd(), room, lock);
    if (!bytes) {
      // What stopped the intake is the cause; the conversion only ran out of bytes.
      auto cause = intake->failure();
      return cause ? *std::move(cause) : std::move(bytes).error();
    }
    downloaded_ = {Phase::download, intake->seconds(), intake->bytes()};
    evicted_ = room.evicted();
    const store::OwnWork on_disk(lock, name_ + ", writing to the store's disk");
    TRY(session_.store.commit(std::move(pending), target_, session_.owner));
    TRY(grant(target_));
    return bytes;
  }

  Result<std::uint64_t> convert(ImageIntake& intake, int fd, store::StoreRoom& room,
                                store::StoreLock& lock) {
    TRY_ASSIGN(const auto config, read_config(intake));
    if (config.platform.is_foreign()) {
      session_.say(wire::progress_message(
          session_.label,
          name_ + ": " + image::is_for_other_machines(config.platform.to_string())));
    }
    const auto unpacked = session_.most_unpacked_bytes();
    Output output(room);
    const auto make_room = [&](std::uint64_t bytes) { return output.grow_to(bytes); };
    TRY_ASSIGN(auto image, squashfs::SquashfsImage::create(
                               fd, {.unpacked_bytes = unpacked, .make_room = make_room}));
    // A conversion that is slower than its download shows that it is alive by what it has read.
    std::uint64_t converted = 0;
    const std::function<void(std::size_t)> on_read = [&](std::size_t bytes) {
      converted += bytes;
      lock.beat(intake.bytes(), plan_.known_bytes(),
                name_ + ", " + wire::human_bytes(converted) + " converted", converted);
    };
    for (const auto stream : plan_.layers) {
      output.goes_on_with(intake.spool(stream));
      TRY(image.add_layer([&, stream]() -> Result<std::unique_ptr<archive::ByteSource>> {
        return open_layer(intake.spool(stream), unpacked, on_read);
      }));
    }
    TRY(complete(image, config));
    // Nothing is filed before every byte of every blob was right.
    TRY(intake.finish());
    const store::OwnWork at_work(lock, name_ + ", writing its directories");
    return image.finish();
  }

  static std::unique_ptr<archive::ByteSource> open_layer(
      store::BlobSpool& spool, std::uint64_t largest,
      const std::function<void(std::size_t)>& on_read) {
    return std::make_unique<archive::LayerStream>(
        [&spool, &on_read,
         offset = std::uint64_t{0}](std::span<char> into) mutable -> Result<std::size_t> {
          TRY_ASSIGN(auto got, spool.read(offset, into));
          offset += got;
          on_read(got);
          return got;
        },
        largest);
  }

  Result<image::ImageConfig> read_config(ImageIntake& intake) const {
    if (!plan_.config_stream) return image::parse_image_config(plan_.config);
    store::BlobSpool& blob = intake.spool(*plan_.config_stream);
    TRY(blob.wait());
    std::string text(blob.expected_size().value_or(0), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      TRY_ASSIGN(const auto got, blob.read(done, std::span(text).subspan(done)));
      done += got;
    }
    auto config = image::parse_image_config(text);
    if (config && config->diff_ids.size() != plan_.layers.size()) {
      return Error{"the image's config is broken: it lists " +
                       std::to_string(config->diff_ids.size()) + " layers, the manifest " +
                       std::to_string(plan_.layers.size()),
                   "make the image again", 0, Fault::user};
    }
    return config;
  }

  /// What every entry has: the image's settings for root to read, and places to mount on.
  Result<void> complete(squashfs::SquashfsImage& image, const image::ImageConfig& config) const {
    for (const auto* path : {"/proc", "/sys", "/dev", "/run", "/opt/chainer/env",
                             "/opt/chainer/gpu", "/opt/chainer/tools"}) {
      TRY(image.ensure_directory(path, 0755));
    }
    TRY(image.ensure_directory("/tmp", 01777));
    for (const auto* path : {"/etc/passwd", "/etc/group", "/etc/hosts", "/etc/resolv.conf"}) {
      TRY(image.ensure_file(path));
    }
    TRY(note_owners(image));
    return image.put_file("/opt/chainer/image.conf", image::image_conf(config, plan_.key));
  }

  /// For root, which gives a writable container's user the files that are theirs in the image. One
  /// with more owners than anybody needs is left without notes: root looks at its files then.
  static Result<void> note_owners(squashfs::SquashfsImage& image) {
    constexpr std::size_t most = 512;
    const auto owners = image.owners();
    if (owners.users.size() + owners.groups.size() > most) return {};
    TRY(image.ensure_directory(image_owners_folder, 0755));
    for (const auto uid : owners.users) {
      TRY(image.ensure_directory(note_of_user(uid), 0755));
    }
    for (const auto gid : owners.groups) {
      TRY(image.ensure_directory(note_of_group(gid), 0755));
    }
    return {};
  }

  StoreSession& session_;
  std::string name_;
  store::StoreLock* outer_;  ///< of the image's digest; null where the user's side knew none
  ImagePlan plan_;
  StoreEntry target_;
  PhaseTime downloaded_{Phase::download};
  Evicted evicted_{};
};

Result<Served> serve_document(StoreSession& session, const wire::Hello& hello,
                              store::StoreLock* outer) {
  TRY_ASSIGN(const auto frame, session.receive());
  if (frame.type != wire::FrameType::document) {
    return wire::nonsense_of(wire::Peer::users_side, "sent no manifest");
  }
  auto plan = session.kind == EntryKind::config ? plan_from_config(frame.payload)
                                                : plan_from_manifest(frame.payload);
  if (!plan) return std::move(plan).error().within("cannot use the image " + hello.reference);
  return ImageService(session, hello, *std::move(plan), outer).serve();
}

/// Who may use it is known only now: the registry has been asked.
Result<Served> serve_greeted_anew(StoreSession& session, store::StoreLock& outer) {
  TRY_ASSIGN(const auto frame, session.receive());
  const auto hello = frame.type == wire::FrameType::hello ? wire::Hello::decode(frame.payload)
                                                          : Result<wire::Hello>(Error{});
  if (!hello || hello->pinned)
    return wire::nonsense_of(wire::Peer::users_side, "did not show the image");
  return serve_document(session, *hello, &outer);
}

}  // namespace

Result<Served> serve_image(StoreSession& session, const wire::Hello& hello) {
  if (!hello.pinned) return serve_document(session, hello, nullptr);
  return serve_pinned_image(session, hello, *hello.pinned, [&](store::StoreLock& flight) {
    return serve_greeted_anew(session, flight);
  });
}

}  // namespace chainer::store_side
