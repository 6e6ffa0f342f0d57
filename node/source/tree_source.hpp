// An image made of a root file system: one layer, and a configuration that lists it. Its digest is
// the configuration's, an image id, as a docker archive's is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/archive/root_tree.hpp"
#include "node/source/image_source.hpp"
#include "node/source/tree_notes.hpp"
#include "node/source/tree_settings.hpp"

namespace chainer::source {

class TreeSource : public ImageSource {
 public:
  /// `settings` are what a file says beside the tree.
  TreeSource(std::unique_ptr<archive::RootTree> tree, std::string name,
             std::optional<Digest> digest, TreeNotes notes,
             std::optional<TreeSettings> settings = {})
      : tree_(std::move(tree)),
        name_(std::move(name)),
        digest_(digest),
        notes_(std::move(notes)),
        settings_(std::move(settings)) {}

  Result<ResolvedImage> resolve(const std::optional<Digest>& pinned) override;
  Result<void> send_blobs(const wire::SendRequest& request, BlobSink& sink) override;

 private:
  Result<std::string> document_now();
  Result<std::string> make_document();
  Error changed(const Digest& got, const Digest& wanted) const;

  std::unique_ptr<archive::RootTree> tree_;
  std::string name_;
  std::optional<Digest> digest_;  ///< what the reference itself is pinned to
  TreeNotes notes_;
  std::optional<TreeSettings> settings_;
};

}  // namespace chainer::source
