#include "submit/run/script_lint.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "fakes.hpp"
#include "small_site.hpp"
#include "temporary_folder.hpp"

namespace chainer::script_lint_test {
namespace {

class ScriptLint : public testing::Test {
 protected:
  ScriptLint() {
    write_small_site(folder_);
    folder_.write("source/train.py", "import os\nmodel.to_gpu(0)\n");
    folder_.write("source/data.txt", "model.to_gpu(0)\n");
  }

  /// The findings, as a person reads them.
  std::string lint(const std::string& keys) {
    write_small_estimator(
        folder_, "process_count_per_node = 2\ndistributed_training = { type = \"mpi\" }\n" + keys);
    auto inspection = plan::inspect({"train.toml", "site.toml", {}, folder_.path()});
    EXPECT_TRUE(inspection.is_clean()) << plan::render(inspection, Colour::off);
    run::lint_scripts(inspection, "ruff", processes_);
    return plan::render(inspection, Colour::off);
  }

  TemporaryFolder folder_;
  FakeProcesses processes_;
};

TEST_F(ScriptLint, LooksOnlyWhereItIsAskedTo) {
  EXPECT_EQ(lint("disable_validation = true\nshow_lint_warnings = true\n"), "");
  EXPECT_TRUE(processes_.ruff_calls.empty());
}

TEST_F(ScriptLint, LooksUnaskedWhetherPythonCanReadTheEntryScript) {
  const auto found = [&](int row) {
    return R"({"code": "invalid-syntax", "message": "Expected an expression", "filename": ")" +
           (folder_ / "source/train.py") + R"(", "location": {"row": )" + std::to_string(row) +
           R"(, "column": 1}})";
  };
  processes_.ruff = {1, "[" + found(1) + "," + found(2) + "]", ""};
  EXPECT_EQ(lint(""),
            "source/train.py:1:1: warning: Python cannot read the script: Expected an expression\n"
            "    import os\n"
            "    ^\n"
            "hint: disable_validation = true keeps this from being looked at\n");
  EXPECT_EQ(processes_.ruff_calls.back().back(), folder_ / "source/train.py");
  for (const auto& nothing :
       {run::Finished{0, "[]", ""}, {127, "", "ruff: not found\n"}, {2, "{", ""}}) {
    processes_.ruff = nothing;
    EXPECT_EQ(lint(""), "");
  }
}

TEST_F(ScriptLint, ReadsNoEntryScriptWithoutAnEnd) {
  std::filesystem::remove(folder_ / "source/train.py");
  std::filesystem::create_symlink("/dev/zero", folder_ / "source/train.py");
  lint("");
  EXPECT_TRUE(processes_.ruff_calls.empty());
}

TEST_F(ScriptLint, LeavesAScriptToPythonThatSaysWhichEncodingItHas) {
  processes_.ruff = {
      1,
      R"([{"code": "E902", "message": "stream did not contain valid UTF-8", "filename": ")" +
          (folder_ / "source/train.py") + R"(", "location": {"row": 1, "column": 1}}])",
      ""};
  folder_.write("source/train.py", "# -*- coding: latin-1 -*-\nprint('h\xe4')\n");
  EXPECT_EQ(lint(""), "");
  for (const std::string first : {"import os", "# -*- coding: utf-8 -*-"}) {
    folder_.write("source/train.py", first + "\nprint('coding: h\xe4')\n");
    EXPECT_NE(lint(""), "");
  }
}

TEST_F(ScriptLint, SaysHowMuchItFindsAndShowsItWhenAsked) {
  processes_.ruff = {1,
                     R"([{"code": "F821", "message": "Undefined name `model`", "filename": ")" +
                         (folder_ / "source/train.py") +
                         R"(", "location": {"row": 2, "column": 1}}])",
                     ""};
  EXPECT_EQ(lint("disable_validation = false\n"),
            "train.toml:7:22: warning: the lint finds 2 things in the scripts\n"
            "    disable_validation = false\n"
            "                         ^\n"
            "hint: show_lint_warnings = true shows them\n");
  EXPECT_EQ(lint("show_lint_warnings = true\n"),
            "source/train.py:2:1: warning: Undefined name `model` (F821)\n"
            "    model.to_gpu(0)\n"
            "    ^\n"
            "source/train.py:2:7: warning: all 2 processes of a node take GPU 0 here\n"
            "    model.to_gpu(0)\n"
            "          ^\n"
            "hint: give it comm.intra_rank, the process's number on its node\n");
  EXPECT_EQ(processes_.ruff_calls.back().back(), folder_ / "source/train.py");
}

TEST_F(ScriptLint, SaysThatRuffIsNotThere) {
  processes_.ruff = {127, "", "ruff: not found\n"};
  EXPECT_EQ(
      lint("show_lint_warnings = true\n"),
      "source/train.py:2:7: warning: all 2 processes of a node take GPU 0 here\n"
      "    model.to_gpu(0)\n"
      "          ^\n"
      "hint: give it comm.intra_rank, the process's number on its node\n"
      "train.toml:7:22: warning: ruff did not look at the scripts: ruff: not found\n"
      "    show_lint_warnings = true\n"
      "                         ^\n"
      "hint: packaging/make-tools puts ruff into the tools folder; Chainer's own traps are looked "
      "for without it\n");
}

}  // namespace
}  // namespace chainer::script_lint_test
