#include "spank_plugin/script_launcher.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/fd_io.hpp"
#include "core/pipe.hpp"
#include "core/unique_fd.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::script_launcher_test {
namespace {

using fixtures::ScratchFolder;
using testing::HasSubstr;

/// This process is to Slurm's launcher what slurmstepd is: it has a descriptor of its own program.
class SlurmsLauncher : public testing::Test {
 protected:
  void SetUp() override { NEEDS_ROOT(); }

  void install(mode_t mode) {
    const auto program = scratch_ / "chainer-launcher";
    std::filesystem::copy_file(CHAINER_LAUNCHER, program);
    ASSERT_EQ(::chmod(program.c_str(), mode), 0);
  }

  /// What a prolog prints that is started through the descriptor as Slurm does it.
  std::string said_by(const char* script) {
    auto output = Pipe::create();
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(output->write_end.get(), STDOUT_FILENO);
      const char* words[] = {
          "slurmstepd", "slurm_script_launcher", "/bin/sh", "prolog", "-c", script, nullptr};
      ::fexecve(launcher_.get(), const_cast<char**>(words), environ);
      ::_exit(126);
    }
    output->write_end.reset();
    const auto said = read_all(output->read_end.get(), 4096);
    int status = 0;
    ::waitpid(child, &status, 0);
    return *said + std::to_string(WEXITSTATUS(status));
  }

  ScratchFolder scratch_;
  UniqueFd launcher_{::open("/proc/self/exe", O_PATH | O_CLOEXEC)};
};

TEST_F(SlurmsLauncher, IsExchangedForOneThatStartsThePrologAsSlurmDoes) {
  install(0755);
  ASSERT_TRUE(put_in_place_of_slurms_launcher(scratch_ / "chainer-node"));
  EXPECT_EQ(said_by("echo $0 $1; exit 7"), "prolog\n7");
  // It leads a group of its own, and has no descriptors but three and that of the listing.
  EXPECT_EQ(said_by("test \"$(ps -o pgid= -p $$)\" -eq $$ && ls /proc/self/fd | wc -l"), "4\n0");
}

TEST_F(SlurmsLauncher, IsLeftAloneWhereSlurmHasNone) {
  launcher_.reset();
  EXPECT_TRUE(put_in_place_of_slurms_launcher(scratch_ / "chainer-node"));
}

TEST_F(SlurmsLauncher, IsNotExchangedForWhatOthersCanChange) {
  install(0775);
  const auto exchanged = put_in_place_of_slurms_launcher(scratch_ / "chainer-node");
  ASSERT_FALSE(exchanged);
  EXPECT_THAT(exchanged.error().what, HasSubstr("it can be changed by others than root"));
}

TEST_F(SlurmsLauncher, IsMissedByName) {
  const auto exchanged = put_in_place_of_slurms_launcher(scratch_ / "chainer-node");
  ASSERT_FALSE(exchanged);
  EXPECT_THAT(exchanged.error().what, HasSubstr("chainer-launcher"));
}

}  // namespace
}  // namespace chainer::script_launcher_test
