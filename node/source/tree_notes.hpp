// What is known of the user's own files and folders that are images, so that a large file is not
// read anew for each step, nor on each node of a step. It lies in the user's cache folder, and only
// the user's side believes it: the store's side checks the bytes that come.
#pragma once

#include <optional>
#include <string>

#include "core/digest.hpp"
#include "node/archive/tree_stamp.hpp"

namespace chainer::source {

class TreeNotes {
 public:
  /// In `folder`, which is made when there is something to keep; nothing is kept when it is empty.
  explicit TreeNotes(std::string folder) : folder_(std::move(folder)) {}
  /// In $XDG_CACHE_HOME/chainer/images or ~/.cache/chainer/images.
  static TreeNotes of_user();

  /// The document that has this digest, where it was kept.
  std::optional<std::string> document(const Digest& digest) const;
  /// The digest of the document of a tree that has not changed since.
  std::optional<Digest> digest_of(const archive::TreeStamp& tree) const;

  void keep_document(const Digest& digest, const std::string& text) const;
  /// Nothing is kept of a tree that was changed just now: it could change again without showing it.
  void keep_digest(const archive::TreeStamp& tree, const Digest& digest) const;

 private:
  void keep(const std::string& name, const std::string& text) const;
  std::string folder_;
};

}  // namespace chainer::source
