#include "node/environment/environment_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/environment/environment_request.hpp"

namespace chainer::environment_lock_test {
namespace {

using testing::ElementsAre;

const Digest image = *Digest::parse_hex(std::string(64, 'a'));

environment::EnvironmentLock example() {
  return {image,
          "3.11.2",
          "uv",
          "0.13.9",
          "setuptools<70\n",
          {{"chainer", "7.8.1", "", {"sha256:11"}},
           {"mine", "", "https://h/mine.whl", {"sha256:22", "sha256:33"}}}};
}

TEST(EnvironmentLock, WritesTheWholeText) {
  EXPECT_EQ(
      example().to_text(),
      "{\"chainer_env_lock\":2,\n \"image\":\"sha256:" + std::string(64, 'a') +
          "\",\n"
          R"( "python":"3.11.2",)"
          "\n"
          R"( "builder":"uv",)"
          "\n"
          R"( "builder_version":"0.13.9",)"
          "\n"
          R"( "build_constraints":"setuptools<70\n",)"
          "\n"
          R"( "packages":[)"
          "\n"
          R"(  {"hashes":["sha256:11"],"name":"chainer","version":"7.8.1"},)"
          "\n"
          R"(  {"hashes":["sha256:22","sha256:33"],"name":"mine","url":"https://h/mine.whl"}]})"
          "\n");
}

TEST(EnvironmentLock, CountsPackagesAsPeopleDo) {
  auto lock = example();
  EXPECT_EQ(lock.count_of_packages(), "2 packages");
  lock.packages.pop_back();
  EXPECT_EQ(lock.count_of_packages(), "1 package");
  lock.conda.emplace_back();
  EXPECT_EQ(lock.count_of_packages(), "2 packages");
}

TEST(EnvironmentLock, ReadsWhatItWrote) {
  const auto read = environment::EnvironmentLock::parse(example().to_text());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->packages, example().packages);
  EXPECT_EQ(read->to_text(), example().to_text());
}

environment::EnvironmentLock conda_example() {
  auto lock = example();
  lock.conda_builder = "py-rattler 0.28.0";
  lock.conda = {{"python",
                 "3.11.2",
                 "0_cpython",
                 "linux-64",
                 "https://h/linux-64/python.conda",
                 std::string(64, 'b'),
                 std::string(32, 'c'),
                 "",
                 "",
                 3,
                 12,
                 {"__glibc >=2.17"}},
                {"hello",
                 "1.0",
                 "0",
                 "noarch",
                 "https://h/noarch/hello.conda",
                 "",
                 std::string(32, 'd'),
                 "python",
                 "",
                 0,
                 0,
                 {}}};
  lock.variables = {{"GREETING", "a\n\"b\""}, {"EMPTY", ""}};
  return lock;
}

TEST(EnvironmentLock, HoldsCondaPackagesAndVariables) {
  const auto text = conda_example().to_text();
  EXPECT_THAT(text, testing::StartsWith("{\"chainer_env_lock\":3,"));
  EXPECT_THAT(text,
              testing::HasSubstr("\n \"conda_builder\":\"py-rattler 0.28.0\",\n \"conda\":[\n  "
                                 "{\"build\":\"0_cpython\",\"build_number\":3,"));
  const auto read = environment::EnvironmentLock::parse(text);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->conda, conda_example().conda);
  EXPECT_EQ(read->variables, conda_example().variables);
  EXPECT_EQ(read->to_text(), text);
}

TEST(EnvironmentLock, TakesNoCondaPackageWithoutAHash) {
  auto lock = conda_example();
  lock.conda[1].md5.clear();
  EXPECT_EQ(environment::EnvironmentLock::parse(lock.to_text()).error().what,
            "the environment lock's list of conda packages cannot be read");
  lock.conda[1].md5 = "not a hash";
  EXPECT_FALSE(environment::EnvironmentLock::parse(lock.to_text()));
}

TEST(EnvironmentLock, TakesNoVariableThatCannotBeSet) {
  auto lock = conda_example();
  for (const auto& name : {std::string(), std::string("A=B"), std::string("A\0B", 3)}) {
    lock.variables = {{name, "x"}};
    EXPECT_FALSE(environment::EnvironmentLock::parse(lock.to_text())) << name;
  }
}

TEST(EnvironmentLock, ReadsWhatPythonRunsAtItsStart) {
  auto lock = example();
  lock.startup = "import a; b = \"c\"\n";
  const auto read = environment::EnvironmentLock::parse(lock.to_text());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->startup, lock.startup);
  EXPECT_EQ(read->to_text(), lock.to_text());
}

TEST(EnvironmentLock, GivesUvItsRequirements) {
  EXPECT_EQ(example().requirements(),
            "chainer==7.8.1 \\\n    --hash=sha256:11\n"
            "mine @ https://h/mine.whl \\\n    --hash=sha256:22 \\\n    --hash=sha256:33\n");
  const auto packages = environment::EnvironmentLock::parse_requirements(example().requirements());
  ASSERT_TRUE(packages);
  EXPECT_EQ(*packages, example().packages);
  EXPECT_FALSE(environment::EnvironmentLock::parse_requirements("--index-url https://h\n"));
}

TEST(EnvironmentLock, TellsAllThatMakesTheEnvironment) {
  const auto changed = [&](auto change) {
    auto lock = example();
    change(lock);
    return lock.to_text() != example().to_text();
  };
  EXPECT_TRUE(changed([](auto& lock) { lock.image = *Digest::parse_hex(std::string(64, 'b')); }));
  EXPECT_TRUE(changed([](auto& lock) { lock.packages[0].version = "7.8.0"; }));
  EXPECT_TRUE(changed([](auto& lock) { lock.packages[0].hashes = {"sha256:12"}; }));
  EXPECT_TRUE(changed([](auto& lock) { lock.build_constraints = ""; }));
  EXPECT_TRUE(changed([](auto& lock) { lock.builder_version = "1"; }));
  EXPECT_TRUE(changed([](auto& lock) { lock.startup = "import a\n"; }));
}

TEST(EnvironmentLock, OfTheFirstVersionIsReadAndItsKeyIsNot) {
  const auto read = environment::EnvironmentLock::parse(
      R"({"chainer_env_lock":1,"image":")" + image.to_string() + R"(","key":")" +
      std::string(64, 'c') + R"(","source":"a.txt","python":"3.11.2","packages":[]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->python, "3.11.2");
  EXPECT_EQ(read->to_text().find("ccc"), std::string::npos);
  EXPECT_FALSE(environment::EnvironmentLock::parse(R"({"chainer_env_lock":4,"image":")" +
                                                   image.to_string() + R"(","packages":[]})"));
}

TEST(EnvironmentLock, IsToldFromARequirementsFile) {
  EXPECT_TRUE(environment::EnvironmentLock::starts(example().to_text()));
  EXPECT_TRUE(environment::EnvironmentLock::starts(R"({"chainer_env_lock":1,"ima)"));
  EXPECT_FALSE(environment::EnvironmentLock::starts("numpy==1.23.5\n"));
  EXPECT_FALSE(environment::EnvironmentLock::starts(""));
}

TEST(EnvironmentLock, RefusesPackagesThatAreMoreThanPackages) {
  const auto refuses = [](auto change) {
    auto lock = example();
    change(lock.packages[0]);
    return !environment::EnvironmentLock::parse(lock.to_text());
  };
  EXPECT_TRUE(refuses([](auto& package) { package.name = "x --index-url=http://evil"; }));
  EXPECT_TRUE(refuses([](auto& package) { package.name = "-rfile"; }));
  EXPECT_TRUE(refuses([](auto& package) { package.version = "1\n-e ."; }));
  EXPECT_TRUE(refuses([](auto& package) { package.version = ""; }));
  EXPECT_TRUE(refuses([](auto& package) { package.hashes.clear(); }));
  EXPECT_TRUE(refuses([](auto& package) { package.hashes[0] = "a b"; }));
}

TEST(EnvironmentLock, SaysWhatToDoWithABrokenOne) {
  const auto text = example().to_text();
  const auto broken =
      environment::EnvironmentLock::parse(std::string_view(text).substr(0, text.size() - 3));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().hint, "delete the lock, so that the environment is resolved again");
}

TEST(DigestOf, TellsListsApart) {
  EXPECT_NE(environment::digest_of({"ab", "c"}), environment::digest_of({"a", "bc"}));
  EXPECT_NE(environment::digest_of({"a", ""}), environment::digest_of({"a"}));
}

TEST(EnvironmentRequest, ReadsWhatItWrote) {
  const auto question = environment::digest_of({"numpy"});
  const auto read = environment::EnvironmentRequest::decode(
      environment::EnvironmentRequest{image, question}.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->image, image);
  EXPECT_EQ(read->question, question);
  EXPECT_FALSE(environment::EnvironmentRequest::decode(
                   environment::EnvironmentRequest{image, std::nullopt}.encode())
                   ->question);
  for (const auto* text : {"", "{}", R"({"image":"sha256:1"})", "[]"}) {
    EXPECT_FALSE(environment::EnvironmentRequest::decode(text)) << text;
  }
}

}  // namespace
}  // namespace chainer::environment_lock_test
