#include "node/builder/credentials.hpp"

#include <gtest/gtest.h>

namespace chainer::credentials_test {
namespace {

TEST(Credentials, AreTakenOutOfUrls) {
  EXPECT_EQ(builder::without_credentials("https://user:pw@host/simple"), "https://host/simple");
  EXPECT_EQ(builder::without_credentials("https://token@host:8443/simple"),
            "https://host:8443/simple");
  EXPECT_EQ(builder::without_credentials("x https://u:p@a/ and `http://v:q@b`."),
            "x https://a/ and `http://b`.");
  EXPECT_EQ(builder::without_credentials("git+ssh://git:pw@host/x.git"), "git+ssh://host/x.git");
}

TEST(Credentials, EndAtTheLastAtSign) {
  EXPECT_EQ(builder::without_credentials("https://user:p@ss@host/simple"), "https://host/simple");
}

TEST(Credentials, InQueriesAreHidden) {
  EXPECT_EQ(builder::without_credentials("https://h/p?a=1&X-Signature=abc&b=2"),
            "https://h/p?a=1&X-Signature=***&b=2");
  EXPECT_EQ(builder::without_credentials("https://h/p?token=abc#frag"),
            "https://h/p?token=***#frag");
}

TEST(Credentials, LeaveOtherTextAlone) {
  for (const auto* text :
       {"numpy==1.23.5", "mail a@b.example", "https://host/path@1.0/x", "chainer @ https://h/x",
        "https://h/?version=1", "://", "https://", "a?b", ""}) {
    EXPECT_EQ(builder::without_credentials(text), text);
    EXPECT_FALSE(builder::holds_credentials(text)) << text;
  }
  EXPECT_TRUE(builder::holds_credentials("https://u:p@h"));
}

}  // namespace
}  // namespace chainer::credentials_test
