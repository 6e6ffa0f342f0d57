// Environment locks, which people pass around, and the requirements in them.
#include "node/environment/environment_lock.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  static_cast<void>(environment::EnvironmentLock::starts(text));
  static_cast<void>(environment::EnvironmentLock::parse_requirements(text).has_value());
  if (const auto lock = environment::EnvironmentLock::parse(text)) {
    const auto again = environment::EnvironmentLock::parse(lock->to_text());
    must_hold(again.has_value(), "a lock that was read can be written and read again");
    must_hold(again->packages == lock->packages, "its packages stay");
    must_hold(again->to_text() == lock->to_text(), "its bytes, and so its key, stay");
  }
  return 0;
}
