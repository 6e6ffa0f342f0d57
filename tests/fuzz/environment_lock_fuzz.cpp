// Environment locks, which people pass around, and the requirements in them.
#include "core/env_lock_head.hpp"
#include "node/environment_lock.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  static_cast<void>(EnvLockHead::starts(text));
  static_cast<void>(EnvLockHead::parse(text).has_value());
  static_cast<void>(EnvironmentLock::parse_requirements(text).has_value());
  if (const auto lock = EnvironmentLock::parse(text)) {
    constexpr uid_t owner = 1000;
    const auto again = EnvironmentLock::parse(lock->to_text(owner));
    must_hold(again.has_value(), "a lock that was read can be written and read again");
    must_hold(again->packages == lock->packages, "its packages stay");
    must_hold(again->key_for(owner) == lock->key_for(owner), "its key stays");
  }
  return 0;
}
