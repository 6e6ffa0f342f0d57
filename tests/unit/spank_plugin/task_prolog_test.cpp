#include "spank_plugin/task_prolog.hpp"

#include <gtest/gtest.h>

#include <map>

#include "scratch_folder.hpp"

namespace chainer::task_prolog_test {
namespace {

class ATaskProlog : public testing::Test {
 protected:
  /// Why a script that starts so cannot run, without the words that all have in common; empty: it
  /// can.
  std::string refusal(const std::string& text, mode_t mode = 0755) {
    const auto path = scratch_.make_file("prolog", text, mode);
    const auto checked = check_task_prolog(path);
    if (checked) return "";
    const std::string start = "cannot run the site's TaskProlog " + path + " in the container: ";
    EXPECT_EQ(checked.error().what.substr(0, start.size()), start);
    return checked.error().what.substr(start.size());
  }
  fixtures::ScratchFolder scratch_;
};

TEST_F(ATaskProlog, ThatCanRunIsLeftToSlurm) {
  for (const auto* text :
       {"#!/bin/sh\n", "#! /bin/sh -e\n", "#!/usr/bin/env bash\n", "no script", "", "#!/bin/sh"}) {
    EXPECT_EQ(refusal(text), "") << text;
  }
  EXPECT_TRUE(check_task_prolog(""));
}

TEST_F(ATaskProlog, NamesTheInterpreterThatTheImageLacks) {
  EXPECT_EQ(refusal("#!/no/bash -e\n"), "/no/bash: No such file or directory");
  EXPECT_EQ(refusal("#!\t/no/bash\r\n"), "/no/bash: No such file or directory");
}

TEST_F(ATaskProlog, ThatIsNotThereIsNamed) {
  const auto checked = check_task_prolog("/no/prolog");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what,
            "cannot run the site's TaskProlog /no/prolog in the container: /no/prolog: No such "
            "file or directory");
}

/// The TaskProlog of an /etc/slurm/slurm.conf beside the other files.
std::string prolog_in(const std::string& text,
                      const std::map<std::string, std::string>& files = {}) {
  return task_prolog_of(text, "/etc/slurm/slurm.conf", [&](const std::string& path) {
    const auto found = files.find(path);
    return found != files.end() ? found->second : std::string();
  });
}

TEST(TheTaskProlog, IsFoundInSlurmsOwnFile) {
  EXPECT_EQ(prolog_in("ClusterName=c\n"), "");
  EXPECT_EQ(prolog_in("#TaskProlog=/off\n TaskProlog=/a/b # why\nTaskEpilog=/e\n"), "/a/b");
  EXPECT_EQ(prolog_in("taskprolog=/first\nTASKPROLOG=/last"), "/last");
  EXPECT_EQ(prolog_in("XTaskProlog=/a\nTaskProlog=\n"), "");
}

TEST(TheTaskProlog, IsFoundHoweverSlurmLetsItBeWritten) {
  EXPECT_EQ(prolog_in("KillWait=5 TaskProlog=/a MailProg=/b"), "/a");
  EXPECT_EQ(prolog_in("TaskProlog = /a"), "/a");
  EXPECT_EQ(prolog_in("TaskProlog=\"/a b\" KillWait=5"), "/a b");
  EXPECT_EQ(prolog_in("KillWait=5 \\\n  TaskProlog=/a\r\n"), "/a");
}

TEST(TheTaskProlog, IsFoundInIncludedFiles) {
  const std::map<std::string, std::string> files{
      {"/etc/slurm/prologs.conf", "TaskProlog=/included\n"},
      {"/site/big.conf", "include deeper.conf\n"},
      {"/site/deeper.conf", "TaskProlog=/deeper\n"},
      {"/etc/slurm/loop.conf", "Include loop.conf\nTaskProlog=/loop\n"}};
  EXPECT_EQ(prolog_in("Include prologs.conf\n", files), "/included");
  EXPECT_EQ(prolog_in("INCLUDE\t prologs.conf # why\nTaskProlog=/after", files), "/after");
  EXPECT_EQ(prolog_in("TaskProlog=/before\nInclude prologs.conf", files), "/included");
  EXPECT_EQ(prolog_in("ClusterName=BIG\nInclude /site/%c.conf", files), "/deeper");
  EXPECT_EQ(prolog_in("Include loop.conf", files), "/loop");
  EXPECT_EQ(prolog_in("Include missing.conf", files), "");
}

}  // namespace
}  // namespace chainer::task_prolog_test
