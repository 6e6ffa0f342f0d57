#include "spank_plugin/batch_script.hpp"

#include <gtest/gtest.h>

#include "scratch_folder.hpp"

namespace chainer::batch_script_test {
namespace {

TEST(ABatchScript, CallsSrunWhereALineBeginsWithIt) {
  EXPECT_EQ(line_that_calls_srun("#!/bin/sh\n#SBATCH -N1\n  srun -n2 true\nsrun x\n"), 3);
  EXPECT_EQ(line_that_calls_srun("srun"), 1);
  EXPECT_EQ(line_that_calls_srun("srun&\nwait"), 1);
}

TEST(ABatchScript, DoesNotWhereTheWordIsAnythingElse) {
  for (const auto* script : {"", "# srun x\n", "echo srun\n", "srunner x\n", "/bin/srun-x\n"})
    EXPECT_FALSE(line_that_calls_srun(script)) << script;
}

class InAContainer : public testing::Test {
 protected:
  std::string missing(const std::string& script, const std::string& conf) {
    const auto path = scratch_.make_file("script", script, 0755);
    const auto error =
        missing_for_srun(path, [&](const std::string& name) -> std::optional<std::string> {
          return name == "PATH" ? scratch_ / "bin" : conf;
        });
    return error ? error->what : "";
  }
  fixtures::ScratchFolder scratch_;
};

TEST_F(InAContainer, AScriptIsToldWhatItsSrunWillMiss) {
  const std::string script = "#!/bin/sh\nsrun true\n";
  const auto conf = scratch_.make_file("slurm.conf");
  EXPECT_EQ(missing(script, conf), "line 2 of the script calls srun, and the image has none");
  scratch_.make_file("bin/srun", "#!/bin/sh\n", 0755);
  EXPECT_EQ(missing(script, conf), "");
  EXPECT_EQ(missing("#!/bin/sh\ntrue\n", "/nowhere"), "");
}

}  // namespace
}  // namespace chainer::batch_script_test
