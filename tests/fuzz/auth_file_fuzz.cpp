// Credentials files, and what registries answer to who is not logged in.
#include "node/source/auth_challenge.hpp"
#include "node/source/auth_file.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  for (const auto* host : {"docker.io", "registry.example:5000"}) {
    static_cast<void>(source::credentials_in(text, host, "team/app").has_value());
  }
  static_cast<void>(source::parse_auth_challenge(text).has_value());
  return 0;
}
