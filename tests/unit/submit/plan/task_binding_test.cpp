#include "submit/plan/task_binding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace chainer::plan::task_binding_test {
namespace {

std::string objection(std::string_view binding, int processes) {
  const auto found = objection_to_binding(binding, processes);
  return found ? found->what : "";
}

TEST(TaskBinding, IsAWordOrAMaskForEachProcess) {
  for (const auto* word : {"auto", "none", "cores"}) EXPECT_EQ(objection(word, 3), "") << word;
  EXPECT_EQ(objection("0x1", 1), "");
  EXPECT_EQ(objection("0x3,0xC", 2), "");
  EXPECT_EQ(objection("0x" + std::string(256, 'f'), 1), "");
}

TEST(TaskBinding, IsNothingElse) {
  for (const std::string wrong : {"", "Auto", "sockets", "0x", "0x0", "3", "0xg", "0x1,", ",0x1",
                                  "0x1,,0x2", "0x1 0x2", "mask_cpu:0x1", "0x1;id"}) {
    EXPECT_EQ(objection(wrong, 1),
              "'" + wrong + "' is neither auto, none nor cores, nor a list of masks");
  }
  EXPECT_NE(objection("0x" + std::string(257, 'f'), 1), "");
}

TEST(TaskBinding, HasAsManyMasksAsANodeHasProcesses) {
  EXPECT_EQ(objection("0x1,0x2", 1), "2 masks are given, and a node has 1 process");
  EXPECT_EQ(objection("0x1", 4), "1 mask is given, and a node has 4 processes");
}

}  // namespace
}  // namespace chainer::plan::task_binding_test
