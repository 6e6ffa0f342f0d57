#include "core/env_lock_head.hpp"

#include <gtest/gtest.h>

namespace chainer {
namespace {

const EnvLockHead head{*Digest::parse_hex(std::string(64, 'a')),
                       *Digest::parse_hex(std::string(64, 'b'))};

TEST(EnvLockHead, IsFoundAtTheStartOfALock) {
  const auto read = EnvLockHead::parse(head.to_string() + R"(,"packages":[]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->image, head.image);
  EXPECT_EQ(read->key, head.key);
  EXPECT_EQ(head.to_string().size(), EnvLockHead::encoded_size);
}

TEST(EnvLockHead, TellsALockFromARequirementsFile) {
  EXPECT_TRUE(EnvLockHead::starts(head.to_string()));
  EXPECT_FALSE(EnvLockHead::starts("numpy==1.23.5\n"));
  EXPECT_FALSE(EnvLockHead::starts(""));
}

TEST(EnvLockHead, RefusesAHeadWithAnyByteChanged) {
  const auto text = head.to_string();
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto changed = text;
    changed[at] = '!';
    EXPECT_FALSE(EnvLockHead::parse(changed)) << at;
  }
  EXPECT_FALSE(EnvLockHead::parse(std::string_view(text).substr(0, text.size() - 1)));
}

}  // namespace
}  // namespace chainer
