#include "spank_plugin/program.hpp"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::program_test {
namespace {

constexpr uid_t nobody = 65534;

template <typename Header>
std::string bytes_of(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// The start of a program that the kernel hands to a loader.
std::string linked_with(const std::string& loader) {
  Elf64_Ehdr header{};
  std::string_view(ELFMAG "\2\1\1").copy(reinterpret_cast<char*>(header.e_ident), 7);
  header.e_phoff = sizeof header;
  header.e_phnum = 2;
  Elf64_Phdr part{};
  part.p_type = PT_INTERP;
  part.p_offset = sizeof header + 2 * sizeof part;
  part.p_filesz = loader.size() + 1;
  return bytes_of(header) + bytes_of(Elf64_Phdr{}) + bytes_of(part) + loader + '\0';
}

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
  const auto script = scratch_ / "open/text.sh";
  scratch_.make_file("open/text.sh", "true\n", 0644);
  EXPECT_TRUE(refusal({script}).ends_with(": bash " + script));
}

TEST_F(AProgram, BelowAClosedFolderNamesTheFolder) {
  const auto why = refusal({scratch_ / "closed/below/runs"});
  EXPECT_NE(why.find("the image keeps its folder " + (scratch_ / "closed") + " to its owner: "),
            std::string::npos)
      << why;
  EXPECT_NE(why.find("add --chainer-writable"), std::string::npos) << why;
}

TEST_F(AProgram, InNoOpenFolderOfPathNamesTheClosedOne) {
  path_ = (scratch_ / "open") + ":" + (scratch_ / "closed/below");
  EXPECT_EQ(refusal({"runs"}), "");
  const auto why = refusal({"other", "argument"});
  EXPECT_EQ(
      why,
      "cannot find other in the folders of PATH that are open to you: the image keeps its folder " +
          (scratch_ / "closed") +
          " to its owner: Permission denied; add --chainer-writable, with which the "
          "image's files are yours, or make the image anew with the program in a folder "
          "of mode 0755");
}

TEST_F(AProgram, WithoutWhatTheKernelStartsForItNamesThat) {
  scratch_.make_file("open/script", "#! /no/bash -e\necho\n", 0755);
  EXPECT_EQ(refusal({"script"}),
            "cannot start " + (scratch_ / "open/script") +
                ": its first line names /no/bash, which is not in the container; name a program of "
                "the image there, or use an image that has it");
  scratch_.make_file("open/windows", "#!/bin/sh\r\necho\r\n", 0755);
  EXPECT_EQ(refusal({"windows"}),
            "cannot start " + (scratch_ / "open/windows") +
                ": its lines end as on Windows, so that the first one names no program; make them "
                "end as on Linux: sed -i 's/\\r$//' " +
                (scratch_ / "open/windows"));
  scratch_.make_file("open/linked", linked_with("/no/ld.so.1"), 0755);
  EXPECT_EQ(refusal({"linked"}),
            "cannot start " + (scratch_ / "open/linked") +
                ": it needs /no/ld.so.1, which is not in the container: it was built for another "
                "system; build the program in this image, or use an image that has the file");
}

TEST_F(AProgram, OfAnotherKindIsLeftToSlurm) {
  const std::vector<std::string> contents{"",
                                          "#!",
                                          "#!\n",
                                          "#! relative\n",
                                          ELFMAG,
                                          linked_with("/bin/sh"),
                                          linked_with("/no").substr(0, 70),
                                          std::string(ELFMAG "\2") + std::string(200, '\xff')};
  for (const auto& content : contents) {
    scratch_.make_file("open/odd", content, 0755);
    EXPECT_EQ(refusal({"odd"}), "") << content;
  }
}

TEST_F(AProgram, IsNoFileOfMultiProg) {
  EXPECT_EQ(refusal({"text", "0 /bin/true"}), "");
  EXPECT_EQ(refusal({"text", "# comment\n* /bin/true\n"}), "");
  EXPECT_NE(refusal({"text", "0"}), "");
}

}  // namespace
}  // namespace chainer::program_test
