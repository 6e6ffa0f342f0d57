#include "mpi_probe/command_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace chainer::command_line_test {
namespace {

using mpi_probe::CommandLine;
using mpi_probe::CommandLineText;
using mpi_probe::ExitCode;
using mpi_probe::parse_command_line;

TEST(MpiProbeCommandLine, LooksForALibraryWhenNothingIsSaid) {
  EXPECT_EQ(std::get<CommandLine>(parse_command_line({})).library, "");
  const auto line =
      std::get<CommandLine>(parse_command_line({"--library", "/opt/libmpi.so", "--patience", "5"}));
  EXPECT_EQ(line.library, "/opt/libmpi.so");
  EXPECT_EQ(line.patience_s, 5);
}

TEST(MpiProbeCommandLine, SaysWhatIsWrong) {
  const auto text = std::get<CommandLineText>(parse_command_line({"--patience", "0"}));
  EXPECT_EQ(text.code, ExitCode::wrong_usage);
  EXPECT_EQ(text.text,
            "chainer-mpi-probe: --patience: Value 0 not in range 1 to 3600\n"
            "next: chainer-mpi-probe --help\n");
}

TEST(MpiProbeCommandLine, AnswersHelpAndVersion) {
  for (const auto* option : {"--help", "--version"}) {
    const auto text = std::get<CommandLineText>(parse_command_line({option}));
    EXPECT_EQ(text.code, ExitCode::measured);
    EXPECT_NE(text.text.find("chainer-mpi-probe"), std::string::npos);
  }
}

TEST(MpiProbeManual, PageIsTheOneThatIsCheckedIn) {
  const std::string path = PROJECT_FOLDER "/docs/man/chainer-mpi-probe.8";
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path) << mpi_probe::probe_manual();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), mpi_probe::probe_manual());
}

}  // namespace
}  // namespace chainer::command_line_test
