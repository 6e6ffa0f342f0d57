#include "gpu_probe/command_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace chainer::command_line_test {
namespace {

using gpu_probe::CommandLine;
using gpu_probe::CommandLineText;
using gpu_probe::ExitCode;
using gpu_probe::parse_command_line;

TEST(ProbeCommandLine, MeasuresEverythingWhenNothingIsSaid) {
  const auto line = std::get<CommandLine>(parse_command_line({}));
  EXPECT_FALSE(line.is_json || line.is_quick);
  EXPECT_TRUE(line.gpus.empty());
}

TEST(ProbeCommandLine, TakesGpusOneByOne) {
  const auto line =
      std::get<CommandLine>(parse_command_line({"--json", "--gpu", "2", "--quick", "--gpu", "0"}));
  EXPECT_TRUE(line.is_json && line.is_quick);
  EXPECT_EQ(line.gpus, (std::vector<int>{2, 0}));
}

TEST(ProbeCommandLine, SaysWhatIsWrong) {
  const auto refused = [](const std::vector<std::string>& words) {
    const auto text = std::get<CommandLineText>(parse_command_line(words));
    EXPECT_EQ(text.code, ExitCode::wrong_usage);
    return text.text;
  };
  const std::string next = "\nnext: chainer-gpu-probe --help\n";
  EXPECT_EQ(refused({"--gpu", "x"}),
            "chainer-gpu-probe: --gpu: Value x not in range 0 to 1023" + next);
  EXPECT_EQ(refused({"--gpu"}), "chainer-gpu-probe: --gpu: 1 required N missing" + next);
  EXPECT_EQ(refused({"gpu0"}),
            "chainer-gpu-probe: The following argument was not expected: gpu0" + next);
}

TEST(ProbeCommandLine, AnswersHelpAndVersion) {
  for (const auto* option : {"--help", "--version"}) {
    const auto text = std::get<CommandLineText>(parse_command_line({option}));
    EXPECT_EQ(text.code, ExitCode::measured);
    EXPECT_NE(text.text.find("chainer-gpu-probe"), std::string::npos);
  }
}

TEST(ProbeManual, PageIsTheOneThatIsCheckedIn) {
  const std::string path = PROJECT_FOLDER "/docs/man/chainer-gpu-probe.8";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << gpu_probe::probe_manual();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), gpu_probe::probe_manual());
}

}  // namespace
}  // namespace chainer::command_line_test
