// Packed layers: gzip, zstd, bzip2, xz.
#include <algorithm>
#include <vector>

#include "node/archive/decoder.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  constexpr std::size_t most = std::size_t{4} << 20;  // a bomb is the reader's to stop
  auto left = text_of(bytes, size);
  const auto piece_size = size % 7 == 0 ? std::size_t{1} : std::size_t{999};
  auto decoder = archive::open_decoder([&](std::span<char> into) -> Result<std::size_t> {
    const auto count = std::min({into.size(), left.size(), piece_size});
    std::copy_n(left.begin(), count, into.begin());
    left.remove_prefix(count);
    return count;
  });
  if (!decoder) return 0;
  std::vector<char> plain(64 << 10);
  for (std::size_t done = 0; done < most;) {
    const auto got = (*decoder)->read(plain);
    if (!got || *got == 0) break;
    must_hold(*got <= plain.size(), "a decoder stays within its buffer");
    done += *got;
  }
  return 0;
}
