#include "core/env_lock_head.hpp"

namespace chainer {
namespace {

constexpr std::string_view opening = R"({"chainer_env_lock":1,"image":")";
constexpr std::string_view between = R"(","key":")";
constexpr std::string_view closing = R"(")";
constexpr std::size_t image_size = 71;  // sha256: and 64 digits
constexpr std::size_t key_size = 64;
static_assert(opening.size() + image_size + between.size() + key_size + closing.size() ==
              EnvLockHead::encoded_size);

}  // namespace

std::string EnvLockHead::to_string() const {
  return std::string(opening) + image.to_string() + std::string(between) + key.hex() +
         std::string(closing);
}

bool EnvLockHead::starts(std::string_view text) {
  return text.starts_with(R"({"chainer_env_lock")");
}

Result<EnvLockHead> EnvLockHead::parse(std::string_view text) {
  const Error broken{"the environment lock is not one that chainer-node wrote",
                     "delete the lock, so that the environment is resolved again", 0, Fault::user};
  if (text.size() < encoded_size || !text.starts_with(opening)) return broken;
  text.remove_prefix(opening.size());
  const auto image = Digest::parse(text.substr(0, image_size));
  text.remove_prefix(image_size);
  if (!image || !text.starts_with(between)) return broken;
  const auto key = Digest::parse_hex(text.substr(between.size(), key_size));
  if (!key || !text.substr(between.size() + key_size).starts_with(closing)) return broken;
  return EnvLockHead{*image, *key};
}

}  // namespace chainer
