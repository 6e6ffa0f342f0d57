// How an entry of the site's store is named, and where it lies: by what it is, by what its key is
// the digest of, and by who may use it. Both halves use this one rule.
//
//   public/<kind>/<64 hex>         everybody's: fetched without credentials, or the admin's
//   shared/<kind>/<64 hex>         whose bytes somebody with credentials has brought, where
//                                  plugin.conf says `private_images share`
//   users/<uid>/<kind>/<64 hex>    that user's alone
//
// A kind is part of the name because the text that a key is the digest of comes from strangers. In
// one name space, a manifest that is presented as another kind of document would file something of
// the presenter's choice under a digest that others trust.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/image_ref.hpp"

namespace chainer {

/// What an entry holds, and what its key is the digest of.
enum class EntryKind : std::uint32_t {
  manifest = 1,     ///< an image; the key is the digest of its manifest
  config = 2,       ///< an image; the key is the digest of its config, its image id
  environment = 3,  ///< an environment; the key is environment_key's
  /// what an environment has beyond a curated one, and what it lacks of it; the key is that of the
  /// whole. Beside it, `<64 hex>.base`, lies the key of the curated one.
  difference = 4,
};

/// `manifest`, `config`, `environment`, `difference`: an entry's folder, and the word of `--kind`.
std::string_view name_of(EntryKind kind);

/// Of packages, whole or in part; the others are images.
constexpr bool is_environment(EntryKind kind) {
  return kind == EntryKind::environment || kind == EntryKind::difference;
}
std::optional<EntryKind> entry_kind_named(std::string_view name);

/// The kind of entry that an image of this reference becomes.
EntryKind kind_of_image(const ImageRef& reference);

/// Who may use an entry.
class Audience {
 public:
  static Audience everyone() { return Audience(Kind::everyone, 0); }
  /// Everybody whose own credentials, or own copy, gave them the manifest's bytes.
  static Audience sharers() { return Audience(Kind::sharers, 0); }
  static Audience only(uid_t user) { return Audience(Kind::only, user); }

  bool is_everyone() const { return kind_ == Kind::everyone; }
  bool is_sharers() const { return kind_ == Kind::sharers; }
  /// The only user; empty for the other two.
  std::optional<uid_t> user() const {
    return kind_ == Kind::only ? std::optional(user_) : std::nullopt;
  }
  /// `public`, `shared` or `users/<uid>`: the folder below the store's.
  std::string folder() const;

  friend bool operator==(const Audience&, const Audience&) = default;

 private:
  enum class Kind { everyone, sharers, only };
  Audience(Kind kind, uid_t user) : kind_(kind), user_(user) {}
  Kind kind_;
  uid_t user_;
};

struct StoreEntry {
  EntryKind kind;
  Digest key;
  Audience audience;

  /// Below the store's folder: `users/1000/manifest/<64 hex>`.
  std::string path() const;
  friend bool operator==(const StoreEntry&, const StoreEntry&) = default;
};

/// Beside a difference: the 64 hex digits of the curated environment that it is laid over.
std::string base_note_path(std::string_view difference);

/// Beside the place where a user's own copy would lie: an empty file that says that this user has
/// presented the bytes of the manifest of a shared entry, and may use it.
std::string grant_path(EntryKind kind, const Digest& key, uid_t user);

/// The key of the environment of `owner` that `lock_text` describes, in `image`. Every byte of the
/// lock counts, so that nobody has to read a lock, or to believe what it says of itself, in order
/// to find what was built from it.
Digest environment_key(const Digest& image, const Digest& lock_text, uid_t owner);

}  // namespace chainer
