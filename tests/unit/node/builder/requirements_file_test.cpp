#include "node/builder/requirements_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace chainer::requirements_file_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::Pair;
namespace fs = std::filesystem;

class RequirementsFileTest : public testing::Test {
 protected:
  RequirementsFileTest() : folder_(fs::path(testing::TempDir()) / "requirements.XXXXXX") {
    auto path = folder_.string();
    folder_ = ::mkdtemp(path.data());
  }
  ~RequirementsFileTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  /// The error's first line for a file of this text, with the folder cut off.
  std::string refusal(const std::string& text) {
    const auto file = builder::load_requirements(write("requirements.txt", text), {});
    return file ? "accepted" : file.error().what.substr(folder_.string().size() + 1);
  }

  fs::path folder_;
};

TEST_F(RequirementsFileTest, IsReadFromLinesOfAnotherFileToo) {
  write("more.txt", "scipy\n");
  const auto path = write("environment.yml", "");
  write("environment.yml.build-constraints.txt", "setuptools<70\n");
  write("environment.yml.startup.pth", "import a\n");
  const auto file = builder::flatten_requirements(
      path, {{7, "numpy==1.23.5"}, {8, "-r more.txt"}, {9, "--extra-index-url https://h/x"}}, {});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->requirements, "numpy==1.23.5\nscipy\n");
  EXPECT_EQ(file->build_constraints, "setuptools<70\n");
  EXPECT_EQ(file->startup, "import a\n");
  EXPECT_THAT(file->index_options, ElementsAre(Pair("extra-index-url", "https://h/x")));
  const auto refused = builder::flatten_requirements(path, {{7, "numpy"}, {9, "-e ."}}, {});
  EXPECT_EQ(refused.error().what,
            path + ":9: an editable package cannot be part of a packed environment");
}

TEST_F(RequirementsFileTest, KeepsRequirementsAndDropsComments) {
  const auto file =
      builder::load_requirements(write("requirements.txt",
                                       "# all of it\nnumpy==1.23.5  # why\n\nchainer \\\n  == "
                                       "7.8.1\nx @ https://h/x.whl#sha256=ab\n--pre\n"),
                                 {});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->requirements,
            "numpy==1.23.5\nchainer   == 7.8.1\nx @ https://h/x.whl#sha256=ab\n--pre\n");
}

TEST_F(RequirementsFileTest, ReadsWhatEditorsOfOtherSystemsWrite) {
  using namespace std::string_literals;
  const auto read = [&](const std::string& text) {
    const auto file = builder::load_requirements(write("requirements.txt", text), {});
    return file ? file->requirements : file.error().what;
  };
  EXPECT_EQ(read("\xef\xbb\xbfnumpy==1.26\r\nscipy\r\n"), "numpy==1.26\nscipy\n");
  EXPECT_EQ(read("\xff\xfe"s + "s\0i\0x\0\r\0\n\0#\0\xe9\0"s), "six\n");
  EXPECT_EQ(read("six\rnumpy\r"), "six\nnumpy\n");
  EXPECT_EQ(read("six # caf\xe9\n"), "six\n");
  EXPECT_EQ(read("s\0i\0x\0"s),
            "cannot read " + (folder_ / "requirements.txt").string() +
                ": it is no text that can be read: it holds NUL bytes, as UTF-16 without a byte "
                "order mark does");
}

TEST_F(RequirementsFileTest, JoinsLinesAsPipDoes) {
  const auto read = [&](const std::string& text) {
    const auto file = builder::load_requirements(write("requirements.txt", text), {});
    return file ? file->requirements : file.error().what;
  };
  EXPECT_EQ(read("num\\\npy==\\\r\n1.26\n"), "numpy==1.26\n");
  EXPECT_EQ(read("six==1.16 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\nscipy"),
            "six==1.16     --hash=sha256:ab     --hash=sha256:cd\nscipy\n");
  EXPECT_EQ(read("six \\\n# a comment ends it \\\nscipy"), "six\nscipy\n");
  EXPECT_EQ(read("six \\\n\nscipy \\"), "six\nscipy\n");
  EXPECT_EQ(read("# a comment \\\nsix"), "six\n");
}

TEST_F(RequirementsFileTest, NamesTheLineWhereAJoinedOneStarts) {
  EXPECT_EQ(refusal("six\n-e \\\n\\\n.\n"),
            "requirements.txt:2: an editable package cannot be part of a packed environment");
}

TEST_F(RequirementsFileTest, PutsIncludedFilesInTheirPlace) {
  write("more/base.txt", "six\n-c limits.txt\n");
  write("more/limits.txt", "numpy<2\n");
  const auto file =
      builder::load_requirements(write("requirements.txt", "numpy\n-r more/base.txt\nscipy\n"), {});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->requirements, "numpy\nsix\nscipy\n");
  EXPECT_EQ(file->constraints, "numpy<2\n");
}

TEST_F(RequirementsFileTest, FindsBuildConstraintsBesideIt) {
  write("requirements.txt.build-constraints.txt", "setuptools<70\n");
  const auto file = builder::load_requirements(write("requirements.txt", "chainer\n"), {});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->build_constraints, "setuptools<70\n");
}

TEST_F(RequirementsFileTest, FindsWhatPythonRunsAtItsStartBesideIt) {
  write("requirements.txt.startup.pth", "import a  # kept, byte for byte\n");
  const auto file = builder::load_requirements(write("requirements.txt", "chainer\n"), {});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->startup, "import a  # kept, byte for byte\n");
}

TEST_F(RequirementsFileTest, TakesIndexOptionsOutWithTheirVariables) {
  const auto file = builder::load_requirements(
      write("requirements.txt",
            "--index-url https://u:${TOKEN}@h/simple\n--extra-index-url=https://e/\n-f "
            "https://l/\n--no-index\nsix\n"),
      {{"TOKEN", "secret"}});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->requirements, "six\n");
  EXPECT_THAT(file->index_options,
              ElementsAre(Pair("index-url", "https://u:secret@h/simple"),
                          Pair("extra-index-url", "https://e/"), Pair("find-links", "https://l/"),
                          Pair("no-index", "")));

  builder::PipSettings configured;
  configured.set("index-url", "https://configured/");
  configured.set("extra-index-url", "https://first/");
  const auto settings = file->with_index_options(configured);
  EXPECT_EQ(settings.index_url, "https://u:secret@h/simple");
  EXPECT_THAT(settings.extra_index_urls, ElementsAre("https://first/", "https://e/"));
  EXPECT_TRUE(settings.no_index);
}

TEST_F(RequirementsFileTest, RefusesWhatCannotBePacked) {
  EXPECT_EQ(refusal("six\n-e ./mine\n"),
            "requirements.txt:2: an editable package cannot be part of a packed environment");
  EXPECT_EQ(refusal("./mine\n"),
            "requirements.txt:1: './mine' is a local path, not a published package");
  EXPECT_EQ(
      refusal("mine @ file:///home/u/mine\n"),
      "requirements.txt:1: 'mine @ file:///home/u/mine' is a local path, not a published package");
  EXPECT_EQ(
      refusal("six\nnumpy=1.23\n"),
      "requirements.txt:2: 'numpy=1.23' is not a requirement: a version is compared with '==', "
      "not with '='");
  EXPECT_EQ(refusal("git+https://h/x@v1\nsix==1 --hash=sha256:0\nsix ; os_name == 'posix'\n"),
            "accepted");
  EXPECT_THAT(refusal("-r requirements.txt\n"), EndsWith(": the files include each other"));
}

TEST_F(RequirementsFileTest, SaysWhichFileIsMissing) {
  const auto missing = builder::load_requirements("/no/such/file", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "cannot read /no/such/file: No such file or directory");
  EXPECT_EQ(missing.error().fault, Fault::user);
  EXPECT_EQ(builder::read_user_file("/dev/null").error().what, "/dev/null is not a regular file");
}

}  // namespace
}  // namespace chainer::requirements_file_test
