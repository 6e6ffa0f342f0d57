// A layer's tar, pax and GNU headers: read member by member, and merged into a squashfs.
#include <sys/mman.h>

#include <algorithm>
#include <clocale>

#include "core/unique_fd.hpp"
#include "node/archive/tar_reader.hpp"
#include "node/squashfs/squashfs_image.hpp"
#include "tests/fuzz/input.hpp"

namespace chainer {
namespace {

class Pieces : public archive::ByteSource {
 public:
  explicit Pieces(std::string_view text) : left_(text) {}

  Result<std::string_view> next() override {
    const auto piece = left_.substr(0, 700);
    left_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view left_;
};

constexpr std::size_t most_pieces = 2000;  // a sparse file may have as many as it has bytes

void read_all_members(std::string_view text) {
  Pieces source(text);
  auto tar = archive::TarReader::open(source);
  if (!tar) return;
  while (true) {
    const auto entry = tar->next();
    if (!entry || !*entry) return;
    must_hold(!(*entry)->path.empty(), "a member has a name");
    for (std::size_t i = 0; i < most_pieces; ++i) {
      const auto data = tar->next_data();
      if (!data || !*data) break;
    }
  }
}

/// The whole input as one layer above itself: whiteouts and links meet what they name.
void merge(std::string_view text) {
  const UniqueFd file(::memfd_create("squashfs", MFD_CLOEXEC));
  squashfs::ConversionLimits limits{.unpacked_bytes = 1 << 20, .entries = 1000};
  limits.make_room = [](std::uint64_t) { return Result<void>(); };
  auto image = squashfs::SquashfsImage::create(file.get(), limits);
  if (!image) return;
  for (int layer = 0; layer < 2; ++layer) {
    auto added = image->add_layer([&]() -> Result<std::unique_ptr<archive::ByteSource>> {
      return std::unique_ptr<archive::ByteSource>(std::make_unique<Pieces>(text));
    });
    if (!added) return;
  }
  if (!image->put_file("/opt/chainer/image.conf", "x") || !image->ensure_directory("/tmp", 0755) ||
      !image->ensure_file("/etc/passwd")) {
    return;
  }
  static_cast<void>(image->finish().has_value());
}

}  // namespace
}  // namespace chainer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const char* const locale = std::setlocale(LC_CTYPE, "C.UTF-8");
  chainer::must_hold(locale != nullptr, "C.UTF-8 is there");
  chainer::read_all_members(chainer::text_of(bytes, size));
  chainer::merge(chainer::text_of(bytes, size));
  return 0;
}
