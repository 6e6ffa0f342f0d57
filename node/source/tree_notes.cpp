#include "node/source/tree_notes.hpp"

#include <fcntl.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "core/text_file.hpp"
#include "node/image/image_config.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::source {
namespace {

namespace fs = std::filesystem;

constexpr auto unused_for = std::chrono::hours(24 * 60);

// Grows when the image of a tree is made otherwise than before: then no note of an earlier release
// counts.
constexpr std::string_view form = "2";

std::string absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value == '/' ? value : "";
}

std::string name_of(const archive::TreeStamp& tree) {
  return "tree-" + wire::BlobHash::of(std::string(form) + " " + tree.text).hex();
}

void remove_unused(const std::string& folder) {
  std::error_code ignored;
  const auto oldest = fs::file_time_type::clock::now() - unused_for;
  for (const auto& note : fs::directory_iterator(folder, ignored)) {
    const auto used = note.last_write_time(ignored);
    if (!ignored && used < oldest) fs::remove(note.path(), ignored);
  }
}

/// The text of a note, which is marked as used now.
std::optional<std::string> read_note(const std::string& path) {
  auto text = read_file(path, image::largest_config);
  if (!text) return std::nullopt;
  static_cast<void>(::utimensat(AT_FDCWD, path.c_str(), nullptr, 0));
  return *std::move(text);
}

}  // namespace

TreeNotes TreeNotes::of_user() {
  if (const auto cache = absolute_variable("XDG_CACHE_HOME"); !cache.empty())
    return TreeNotes(cache + "/chainer/images");
  const auto home = absolute_variable("HOME");
  return TreeNotes(home.empty() ? "" : home + "/.cache/chainer/images");
}

std::optional<std::string> TreeNotes::document(const Digest& digest) const {
  if (folder_.empty()) return std::nullopt;
  auto text = read_note(folder_ + "/" + digest.hex());
  if (!text || wire::BlobHash::of(*text) != digest) return std::nullopt;
  return text;
}

std::optional<Digest> TreeNotes::digest_of(const archive::TreeStamp& tree) const {
  if (folder_.empty()) return std::nullopt;
  const auto text = read_note(folder_ + "/" + name_of(tree));
  const auto digest = text ? Digest::parse_hex(*text) : Result<Digest>(Error{""});
  return digest ? std::optional(*digest) : std::nullopt;
}

void TreeNotes::keep_document(const Digest& digest, const std::string& text) const {
  keep(digest.hex(), text);
}

void TreeNotes::keep_digest(const archive::TreeStamp& tree, const Digest& digest) const {
  if (tree.settled) keep(name_of(tree), digest.hex());
}

/// A note that cannot be kept costs time, and nothing else.
void TreeNotes::keep(const std::string& name, const std::string& text) const {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder_, ignored);
  remove_unused(folder_);
  static_cast<void>(replace_file(folder_ + "/" + name, text).has_value());
}

}  // namespace chainer::source
