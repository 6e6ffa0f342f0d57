#include "node/source/credential_helper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::credential_helper_test {
namespace {

namespace fs = std::filesystem;

/// Helpers are programs on the PATH, as a person has them.
class CredentialHelperTest : public testing::Test {
 protected:
  CredentialHelperTest() {
    ::setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
    ::setenv("ASKED", (folder_ / "asked").c_str(), 1);
  }
  ~CredentialHelperTest() override {
    ::setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }

  std::string ask(const std::string& script, std::string_view host = "h.org:5000",
                  const std::string& name = "test") {
    const auto program = folder_ / "docker-credential-test";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(program, fs::perms(0755));
    const auto answer = source::ask_credential_helper(name, host, std::chrono::seconds(1));
    if (!answer) return answer.error().what;
    if (!*answer) return "none";
    const auto& [user, password, token] = **answer;
    return token.empty() ? user + " " + password : "token " + token + user + password;
  }

  std::string asked() {
    std::ifstream file(folder_ / "asked");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static fs::path new_folder() {
    auto path = (fs::path(testing::TempDir()) / "helpers.XXXXXX").string();
    return ::mkdtemp(path.data());
  }

  const std::string path_ = std::getenv("PATH");
  const fs::path folder_ = new_folder();
};

TEST_F(CredentialHelperTest, IsAskedAsDockerAsksIt) {
  constexpr const char* script =
      R"sh(echo "$1 $(cat)" >$ASKED; echo '{"Username":"ann","Secret":"pw"}')sh";
  EXPECT_EQ(ask(script), "ann pw");
  EXPECT_EQ(asked(), "get h.org:5000\n");
  ask(script, "docker.io");
  EXPECT_EQ(asked(), "get https://index.docker.io/v1/\n");
}

TEST_F(CredentialHelperTest, MayHaveAnIdentityToken) {
  EXPECT_EQ(ask(R"(echo '{"Username":"<token>","Secret":"secret"}')"), "token secret");
}

TEST_F(CredentialHelperTest, MayHaveNone) {
  EXPECT_EQ(ask("echo credentials not found; exit 1"), "none");
  EXPECT_EQ(ask("echo '{}'"), "none");
}

TEST_F(CredentialHelperTest, ThatBreaksIsNamedAndNotQuoted) {
  EXPECT_EQ(ask("echo secret"), "docker-credential-test gave an answer that is no JSON object");
  EXPECT_EQ(ask("yes secret"), "docker-credential-test does not stop answering");
  EXPECT_EQ(ask("", "h", "nowhere"),
            "cannot start docker-credential-nowhere: No such file or directory");
}

TEST_F(CredentialHelperTest, ThatHangsIsEndedWithWhatItStarted) {
  EXPECT_EQ(ask("sleep 77 & echo $! >$ASKED; sleep 78"),
            "docker-credential-test did not answer within 1 s");
  const auto child = "/proc/" + asked().substr(0, asked().size() - 1) + "/cmdline";
  for (int tries = 0; fs::exists(child) && tries < 100; ++tries) ::usleep(20'000);
  std::ifstream left(child);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(left), {}), "");
}

TEST_F(CredentialHelperTest, IsAProgramAndNoPath) {
  for (const auto* name : {"../test", "", "a b", "x;y"})
    EXPECT_TRUE(ask("echo '{}'", "h", name).ends_with(" is no name of a program")) << name;
}

}  // namespace
}  // namespace chainer::credential_helper_test
