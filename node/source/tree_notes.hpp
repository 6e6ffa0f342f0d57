// What is known of the user's own files and folders that are images, so that a large file is not
// read anew for each step, nor on each node of a step. In the user's cache folder; nobody believes
// it but the user's side, whose bytes the store's side checks.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "core/digest.hpp"

namespace chainer::source {

class TreeNotes {
 public:
  /// In `folder`, which is made when there is something to keep; nothing is kept when it is empty.
  explicit TreeNotes(std::string folder) : folder_(std::move(folder)) {}
  /// In $XDG_CACHE_HOME/chainer/images or ~/.cache/chainer/images.
  static TreeNotes of_user();

  /// The document that has this digest, where it was kept.
  std::optional<std::string> document(const Digest& digest) const;
  /// The digest of the document of a file that has not changed since. Not by its device, whose
  /// number another node may have for something else.
  std::optional<Digest> digest_of(const struct stat& file) const;

  void keep_document(const Digest& digest, const std::string& text) const;
  /// Not kept is a file that was changed just now: it could change again without a sign.
  void keep_file(const struct stat& file, const Digest& digest) const;

 private:
  void keep(const std::string& name, const std::string& text) const;
  std::string folder_;
};

}  // namespace chainer::source
