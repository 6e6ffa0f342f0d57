#include <gtest/gtest.h>

#include "node/auth_challenge.hpp"
#include "node/auth_file.hpp"

namespace chainer {
namespace {

// "user:pass" and "other:a:b"
constexpr const char* auth_text = R"({"auths":{
  "registry.example:5000":{"auth":"dXNlcjpwYXNz"},
  "registry.example:5000/team":{"auth":"b3RoZXI6YTpi"},
  "https://index.docker.io/v1/":{"auth":"dXNlcjpwYXNz"},
  "helper.example":{},
  "broken.example":{"auth":"!"}}})";

std::string login(std::string_view host, std::string_view repository,
                  std::string_view text = auth_text) {
  const auto found = credentials_in(text, host, repository);
  if (!found) return found.error().what;
  if (!found->elsewhere.empty()) return "in " + found->elsewhere;
  return found->usable ? found->usable->user + " " + found->usable->password : "none";
}

TEST(AuthFile, GivesTheCredentialsOfTheLongestNameThatFits) {
  EXPECT_EQ(login("registry.example:5000", "x/y"), "user pass");
  EXPECT_EQ(login("registry.example:5000", "team/y"), "other a:b");
  EXPECT_EQ(login("registry.example:5000", "teamx/y"), "user pass");
  EXPECT_EQ(login("docker.io", "library/python"), "user pass");
  EXPECT_EQ(login("registry.example", "x"), "none");
  EXPECT_EQ(login("helper.example", "x"), "none");
  EXPECT_EQ(login("broken.example", "x"), "the credentials of 'broken.example' cannot be read");
  EXPECT_FALSE(credentials_in("no json", "a", "b"));
}

TEST(AuthFile, NamesTheHelperThatKeepsCredentials) {
  constexpr const char* text =
      R"({"credsStore":"desktop","credHelpers":{"cloud.example":"cloud"},"auths":{
    "plain.example":{"auth":"dXNlcjpwYXNz"},"cloud.example":{},"other.example":{}}})";
  EXPECT_EQ(login("cloud.example", "x", text), "in the credential helper docker-credential-cloud");
  EXPECT_EQ(login("other.example", "x", text),
            "in the credential helper docker-credential-desktop");
  EXPECT_EQ(login("plain.example", "x", text), "user pass");
  EXPECT_EQ(login("h", "x", R"({"credHelpers":[],"credsStore":7})"), "none");
}

TEST(AuthFile, NamesAnIdentityToken) {
  // "00000000:", a user without a password
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"MDAwMDAwMDA6","identitytoken":"secret"}}})"),
            "in an identity token");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"identitytoken":"secret"}}})"),
            "in an identity token");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"dXNlcjpwYXNz","identitytoken":""}}})"),
            "user pass");
}

TEST(AuthFile, ANamedFileMustBeThere) {
  const auto found = find_credentials("/nowhere/auth.json", "a", "b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "cannot read /nowhere/auth.json: No such file or directory");
}

TEST(AuthChallenge, IsReadWithQuotesAndCommas) {
  const auto bearer = parse_auth_challenge(
      R"(Bearer realm="https://auth.example/token?a=1",service="reg, \"x\"",scope="repository:a/b:pull,push")");
  ASSERT_TRUE(bearer);
  EXPECT_EQ(bearer->scheme, AuthChallenge::Scheme::bearer);
  EXPECT_EQ(bearer->realm, "https://auth.example/token?a=1");
  EXPECT_EQ(bearer->service, "reg, \"x\"");
  EXPECT_EQ(bearer->scope, "repository:a/b:pull,push");
  const auto basic = parse_auth_challenge("basic realm=x");
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->scheme, AuthChallenge::Scheme::basic);
  EXPECT_FALSE(parse_auth_challenge("Negotiate"));
  EXPECT_TRUE(parse_auth_challenge("Bearer realm=\"unfinished"));
}

}  // namespace
}  // namespace chainer
