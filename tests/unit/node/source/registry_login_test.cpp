#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "node/source/auth_challenge.hpp"
#include "node/source/auth_file.hpp"

namespace chainer::registry_login_test {
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
  const auto found = source::credentials_in(text, host, repository);
  if (!found) return found.error().what;
  if (!found->elsewhere.empty()) return "in " + found->elsewhere;
  if (!found->helper.empty()) return "asked of " + found->helper;
  if (!found->usable) return "none";
  if (!found->usable->identity_token.empty()) return "token " + found->usable->identity_token;
  return found->usable->user + " " + found->usable->password;
}

TEST(AuthFile, GivesTheCredentialsOfTheLongestNameThatFits) {
  EXPECT_EQ(login("registry.example:5000", "x/y"), "user pass");
  EXPECT_EQ(login("registry.example:5000", "team/y"), "other a:b");
  EXPECT_EQ(login("registry.example:5000", "teamx/y"), "user pass");
  EXPECT_EQ(login("docker.io", "library/python"), "user pass");
  EXPECT_EQ(login("registry.example", "x"), "none");
  EXPECT_EQ(login("helper.example", "x"), "none");
  EXPECT_EQ(login("broken.example", "x"), "the credentials of 'broken.example' cannot be read");
  EXPECT_FALSE(source::credentials_in("no json", "a", "b"));
}

TEST(AuthFile, NamesTheHelperThatKeepsCredentials) {
  constexpr const char* text =
      R"({"credsStore":"desktop","credHelpers":{"cloud.example":"cloud"},"auths":{
    "plain.example":{"auth":"dXNlcjpwYXNz"},"cloud.example":{},"other.example":{}}})";
  EXPECT_EQ(login("cloud.example", "x", text), "asked of cloud");
  EXPECT_EQ(login("other.example", "x", text), "asked of desktop");
  EXPECT_EQ(login("plain.example", "x", text), "user pass");
  EXPECT_EQ(login("h", "x", R"({"credHelpers":[],"credsStore":7})"), "none");
}

TEST(AuthFile, GivesAnIdentityTokenInThePlaceOfAPassword) {
  // "00000000:", a user without a password
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"MDAwMDAwMDA6","identitytoken":"secret"}}})"),
            "token secret");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"identitytoken":"secret"}}})"), "token secret");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"dXNlcjpwYXNz","identitytoken":""}}})"),
            "user pass");
}

TEST(AuthFile, UserAndPasswordMayStandByThemselves) {
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"username":"ann","password":"p:w"}}})"), "ann p:w");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"username":"ann","password":"pw","auth":""}}})"),
            "ann pw");
  // `auth` wins over them.
  EXPECT_EQ(login("h", "x",
                  R"({"auths":{"h":{"username":"ann","password":"pw","auth":"dXNlcjpwYXNz"}}})"),
            "user pass");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":7,"h/x":[]}})"), "none");
}

TEST(AuthFile, ReadsWhatEncodersLeaveAtTheEnd) {
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"dXNlcjpwYXNz\n"}}})"), "user pass");
  EXPECT_EQ(login("h", "x", R"({"auths":{"h":{"auth":"dXNlcjpwYXNzAAA="}}})"), "user pass");
}

class UsualPlaces : public testing::Test {
 protected:
  UsualPlaces() {
    std::string path = testing::TempDir() + "/places.XXXXXX";
    folder_ = ::mkdtemp(path.data());
    for (const auto* name : {"REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "DOCKER_CONFIG"})
      ::unsetenv(name);
    ::setenv("HOME", folder_.c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", (folder_ / "run").c_str(), 1);
  }
  ~UsualPlaces() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  static std::string found_for(const char* host) {
    const auto found = source::find_credentials("", host, "x");
    if (!found) return found.error().what;
    if (found->usable) return found->usable->user;
    return found->elsewhere.empty() ? "none" : "in " + found->elsewhere;
  }

  std::filesystem::path folder_;
};

TEST_F(UsualPlaces, AFileWithoutTheHostLeavesItToTheNext) {
  write(
      "run/containers/auth.json",
      R"({"auths":{"a":{"username":"first","password":"x"},"c":{}},"credHelpers":{"c":"cloud"}})");
  write(".config/containers/auth.json", "{}");
  write(
      ".docker/config.json",
      R"({"auths":{"a":{"username":"last","password":"x"},"b":{"username":"second","password":"x"}}})");
  EXPECT_EQ(found_for("a"), "first");
  EXPECT_EQ(found_for("b"), "second");
  EXPECT_EQ(found_for("d"), "none");
  EXPECT_EQ(found_for("c"),
            "in the credential helper docker-credential-cloud: cannot start "
            "docker-credential-cloud: No such file or directory, says " +
                (folder_ / "run/containers/auth.json").string());
}

TEST_F(UsualPlaces, AHelperOfOneFileDoesNotHideThePasswordInAnother) {
  write("run/containers/auth.json", R"({"credsStore":"desktop"})");
  write(".docker/config.json", R"({"auths":{"a":{"username":"ann","password":"x"}}})");
  EXPECT_EQ(found_for("a"), "ann");
}

TEST(AuthFile, ANamedFileMustBeThere) {
  const auto found = source::find_credentials("/nowhere/auth.json", "a", "b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "cannot read /nowhere/auth.json: No such file or directory");
}

TEST(AuthChallenge, IsReadWithQuotesAndCommas) {
  const auto bearer = source::parse_auth_challenge(
      R"(Bearer realm="https://auth.example/token?a=1",service="reg, \"x\"",scope="repository:a/b:pull,push")");
  ASSERT_TRUE(bearer);
  EXPECT_EQ(bearer->scheme, source::AuthChallenge::Scheme::bearer);
  EXPECT_EQ(bearer->realm, "https://auth.example/token?a=1");
  EXPECT_EQ(bearer->service, "reg, \"x\"");
  EXPECT_EQ(bearer->scope, "repository:a/b:pull,push");
  const auto basic = source::parse_auth_challenge("basic realm=x");
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->scheme, source::AuthChallenge::Scheme::basic);
  EXPECT_FALSE(source::parse_auth_challenge("Negotiate"));
  EXPECT_TRUE(source::parse_auth_challenge("Bearer realm=\"unfinished"));
}

TEST(AuthChallenge, OfSeveralIsTheOneThatNeedsNoPassword) {
  for (
      const auto* header :
      {R"(Basic realm="x", Bearer realm="https://auth.example/token",service="reg")",
       R"(Bearer realm="https://auth.example/token" , service = "reg", Basic realm="x")",
       R"(Negotiate, bearer Realm="https://auth.example/token",service="reg", Digest realm="y")"}) {
    const auto challenge = source::parse_auth_challenge(header);
    ASSERT_TRUE(challenge) << header;
    EXPECT_EQ(challenge->scheme, source::AuthChallenge::Scheme::bearer) << header;
    EXPECT_EQ(challenge->realm, "https://auth.example/token") << header;
    EXPECT_EQ(challenge->service, "reg") << header;
  }
  EXPECT_FALSE(source::parse_auth_challenge("=, =\"\" ,,"));
}

}  // namespace
}  // namespace chainer::registry_login_test
