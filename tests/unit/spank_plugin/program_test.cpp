#include "spank_plugin/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::program_test {
namespace {

constexpr uid_t nobody = 65534;

class AProgram : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    scratch_.make_file("open/runs", "#!/bin/sh\n", 0755);
    scratch_.make_file("open/text", "print()\n", 0644);
    scratch_.make_file("closed/below/runs", "#!/bin/sh\n", 0755);
    scratch_.make_folder("closed", 0700);
    path_ = scratch_ / "none:" + (scratch_ / "open");
  }
  /// Why an ordinary account cannot start it; empty where nothing is to be said.
  std::string refusal(const std::vector<std::string>& words) {
    return fixtures::in_child([&] {
      if (::setresuid(nobody, nobody, nobody) != 0) return std::string("no account");
      const auto checked = check_program(words, path_);
      return checked ? std::string() : checked.error().what + "; " + checked.error().hint;
    });
  }

  fixtures::ScratchFolder scratch_;
  std::string path_;
};

TEST_F(AProgram, ThatRunsOrIsNotThereIsLeftToSlurm) {
  const std::vector<std::string> names{"runs", scratch_ / "open/runs", scratch_ / "no", "no",
                                       "./no"};
  for (const auto& name : names) EXPECT_EQ(refusal({name}), "") << name;
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({scratch_ / "open/"}), "");
}

TEST_F(AProgram, ThatIsNotExecutableIsNamedWithWhatToDo) {
  const auto text = scratch_ / "open/text";
  const std::string expected = "cannot start " + text +
                               ": it is not executable: Permission denied; make it so (chmod +x), "
                               "or name what runs it first: python " +
                               text;
  EXPECT_EQ(refusal({text}), expected);
  EXPECT_EQ(refusal({"text", "argument"}), expected);
}

TEST_F(AProgram, BelowAClosedFolderNamesTheFolder) {
  const auto why = refusal({scratch_ / "closed/below/runs"});
  EXPECT_NE(why.find("the image keeps its folder " + (scratch_ / "closed") + " to its owner: "),
            std::string::npos)
      << why;
  EXPECT_NE(why.find("add --chainer-writable"), std::string::npos) << why;
}

TEST_F(AProgram, IsNoFileOfMultiProg) {
  EXPECT_EQ(refusal({"text", "0 /bin/true"}), "");
  EXPECT_EQ(refusal({"text", "# comment\n* /bin/true\n"}), "");
  EXPECT_NE(refusal({"text", "0"}), "");
}

}  // namespace
}  // namespace chainer::program_test
