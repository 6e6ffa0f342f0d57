#include "spank_plugin/step_cgroups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainer::step_cgroups_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StepCgroups, AreOneFolderInVersionTwo) {
  EXPECT_THAT(folders_of_cgroups("0::/system.slice/slurmstepd.scope/job_3/step_0/user/task_0\n"),
              ElementsAre("/sys/fs/cgroup/system.slice/slurmstepd.scope/job_3/step_0/user/task_0"));
}

TEST(StepCgroups, AreOneForEachHierarchyInVersionOne) {
  EXPECT_THAT(folders_of_cgroups("9:cpu,cpuacct:/slurm/uid_1\n4:freezer:/slurm/uid_1/job_3\n"
                                 "1:name=systemd:/slurmd.service\n"),
              ElementsAre("/sys/fs/cgroup/cpu,cpuacct/slurm/uid_1",
                          "/sys/fs/cgroup/freezer/slurm/uid_1/job_3",
                          "/sys/fs/cgroup/systemd/slurmd.service"));
}

TEST(StepCgroups, AreNoneWhereNothingIsLimited) {
  EXPECT_THAT(folders_of_cgroups(""), IsEmpty());
  EXPECT_THAT(folders_of_cgroups("0::/\n1:cpu:/\nno line of the kernel's\n2:\n"), IsEmpty());
}

}  // namespace
}  // namespace chainer::step_cgroups_test
