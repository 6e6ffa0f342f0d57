#include "spank_plugin/task_prolog.hpp"

#include <gtest/gtest.h>

#include "scratch_folder.hpp"

namespace chainer {
namespace {

class ATaskProlog : public ::testing::Test {
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
  testing::ScratchFolder scratch_;
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

TEST(TheTaskProlog, IsFoundInSlurmsOwnFile) {
  EXPECT_EQ(task_prolog_of("ClusterName=c\n"), "");
  EXPECT_EQ(task_prolog_of("#TaskProlog=/off\n TaskProlog=/a/b # why\nTaskEpilog=/e\n"), "/a/b");
  EXPECT_EQ(task_prolog_of("taskprolog=/first\nTASKPROLOG=/last"), "/last");
  EXPECT_EQ(task_prolog_of("XTaskProlog=/a\nTaskProlog=\n"), "");
}

}  // namespace
}  // namespace chainer
