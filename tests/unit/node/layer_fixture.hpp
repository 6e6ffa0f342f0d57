// Layers in, a squashfs out, and what it holds.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "core/unique_fd.hpp"
#include "node/squashfs/squashfs_image.hpp"
#include "tests/unit/node/squashfs_listing.hpp"
#include "tests/unit/node/text_source.hpp"

namespace chainer {

/// A file that is gone with the object.
class TemporaryFile {
 public:
  TemporaryFile() { fd_.reset(::mkostemp(path_.data(), O_CLOEXEC)); }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_{"/tmp/chainer-test-XXXXXX"};
  UniqueFd fd_;
};

using Listing = std::map<std::string, std::string>;

/// Converts layers, bottom first as manifests list them.
inline Result<std::uint64_t> convert(const std::vector<std::string>& layers, int fd,
                                     squashfs::ConversionLimits limits = {
                                         std::uint64_t{1} << 30, 100'000, {}}) {
  auto image = squashfs::SquashfsImage::create(fd, std::move(limits));
  if (!image) return std::move(image).error();
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    auto added = image->add_layer([&]() -> Result<std::unique_ptr<archive::ByteSource>> {
      return {std::make_unique<TextSource>(*layer)};
    });
    if (!added) return std::move(added).error();
  }
  return image->finish();
}

inline Listing merged(const std::vector<std::string>& layers) {
  const TemporaryFile file;
  const auto size = convert(layers, file.fd());
  EXPECT_TRUE(size) << (size ? "" : size.error().what);
  if (!size) return {};
  return SquashfsListing(file.path()).lines();
}

inline std::string refusal(const std::vector<std::string>& layers,
                           squashfs::ConversionLimits limits = {
                               std::uint64_t{1} << 30, 100'000, {}}) {
  const TemporaryFile file;
  const auto size = convert(layers, file.fd(), std::move(limits));
  return size ? "" : size.error().what;
}

}  // namespace chainer
