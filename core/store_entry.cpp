#include "core/store_entry.hpp"

#include <algorithm>
#include <iterator>

#include "core/sha256.hpp"

namespace chainer {
namespace {

struct KindName {
  EntryKind kind;
  std::string_view name;
};
constexpr KindName kind_names[] = {{EntryKind::manifest, "manifest"},
                                   {EntryKind::config, "config"},
                                   {EntryKind::environment, "environment"},
                                   {EntryKind::difference, "difference"}};

// Changes when the same lock would give another tree: how it is built or packed.
constexpr std::string_view environment_domain = "chainer environment 2\n";

}  // namespace

std::string_view name_of(EntryKind kind) {
  return std::ranges::find(kind_names, kind, &KindName::kind)->name;
}

std::optional<EntryKind> entry_kind_named(std::string_view name) {
  const auto* found = std::ranges::find(kind_names, name, &KindName::name);
  return found == std::end(kind_names) ? std::nullopt : std::optional(found->kind);
}

EntryKind kind_of_image(const ImageRef& reference) {
  const auto& source = reference.source();
  const bool by_manifest = std::holds_alternative<RegistryRef>(source) ||
                           std::holds_alternative<OciLayoutRef>(source) ||
                           std::holds_alternative<OciArchiveRef>(source);
  return by_manifest ? EntryKind::manifest : EntryKind::config;
}

std::string Audience::folder() const {
  switch (kind_) {
    case Kind::everyone: return "public";
    case Kind::sharers: return "shared";
    case Kind::only: break;
  }
  return "users/" + std::to_string(user_);
}

std::string StoreEntry::path() const {
  return audience.folder() + "/" + std::string(name_of(kind)) + "/" + key.hex();
}

std::string base_note_path(std::string_view difference) {
  return std::string(difference) + ".base";
}

std::string grant_path(EntryKind kind, const Digest& key, uid_t user) {
  return StoreEntry{kind, key, Audience::only(user)}.path() + ".granted";
}

Digest environment_key(const Digest& image, const Digest& lock_text, uid_t owner) {
  Sha256 hash;
  hash.update(environment_domain);
  hash.update(image.hex());
  hash.update(lock_text.hex());
  hash.update(std::to_string(owner));
  return hash.finish();
}

}  // namespace chainer
