// Which cores and GPU each rank gets on machines of many shapes.
#include "node/topology/binding_plan.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "machine_xml.hpp"
#include "node/topology/binding_text.hpp"
#include "node/topology/machine_picture.hpp"

namespace chainer::topology::binding_plan_test {
namespace {

Machine described(const std::string& description) {
  auto machine = read_synthetic_machine(description);
  EXPECT_TRUE(machine) << description;
  return machine ? *std::move(machine) : Machine{};
}

Machine with_cpus(Machine machine, const std::string& list) {
  const auto cpus = CpuSet::parse_list(list);
  EXPECT_TRUE(cpus) << list;
  auto restricted = restricted_to(std::move(machine), *cpus);
  EXPECT_TRUE(restricted) << list;
  return restricted ? *std::move(restricted) : Machine{};
}

/// What people see of a plan.
std::string planned(const Machine& machine, std::size_t ranks, const std::vector<Gpu>& gpus = {}) {
  return binding_table(machine, plan_binding(machine, ranks, gpus), gpus);
}

const Shape two_sockets_eight_gpus{
    2, 1, 1,
    8, 2, {{"17", 0}, {"2a", 0}, {"3d", 0}, {"5f", 0}, {"97", 1}, {"aa", 1}, {"bd", 1}, {"df", 1}}};

TEST(BindingPlan, PutsEightRanksBesideTheEightGpusOfTwoSockets) {
  const auto machine = machine_of(two_sockets_eight_gpus);
  EXPECT_EQ(planned(machine, 8, machine.gpus),
            "rank  cores  CPUs         NUMA domain  GPU\n"
            "0     2      0-1,16-17    0            0 at 0000:17:00.0, near\n"
            "1     2      2-3,18-19    0            1 at 0000:2a:00.0, near\n"
            "2     2      4-5,20-21    0            2 at 0000:3d:00.0, near\n"
            "3     2      6-7,22-23    0            3 at 0000:5f:00.0, near\n"
            "4     2      8-9,24-25    1            4 at 0000:97:00.0, near\n"
            "5     2      10-11,26-27  1            5 at 0000:aa:00.0, near\n"
            "6     2      12-13,28-29  1            6 at 0000:bd:00.0, near\n"
            "7     2      14-15,30-31  1            7 at 0000:df:00.0, near\n"
            "srun --cpu-bind=mask_cpu:0x30003,0xc000c,0x300030,0xc000c0,0x3000300,0xc000c00,"
            "0x30003000,0xc000c000\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x1,0x1,0x1,0x2,0x2,0x2,0x2\n");
}

TEST(BindingPlan, FollowsTheGpusWhereTheyAreNotInTheOrderOfTheSockets) {
  const auto machine = machine_of({2, 1, 1, 4, 1, {{"17", 1}, {"2a", 0}}});
  EXPECT_EQ(planned(machine, 2, machine.gpus),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     4      4-7   1            0 at 0000:17:00.0, near\n"
            "1     4      0-3   0            1 at 0000:2a:00.0, near\n"
            "srun --cpu-bind=mask_cpu:0xf0,0xf\n"
            "srun --mem-bind=prefer,mask_mem:0x2,0x1\n");
}

TEST(BindingPlan, StaysOnTheSocketThatHasAllGpus) {
  const auto machine = machine_of({2, 1, 2, 4, 1, {{"17", 0}, {"2a", 0}, {"3d", 0}, {"5f", 0}}});
  EXPECT_EQ(planned(machine, 4, machine.gpus),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     2      0-1   0            0 at 0000:17:00.0, near\n"
            "1     2      2-3   0            1 at 0000:2a:00.0, near\n"
            "2     2      4-5   0            2 at 0000:3d:00.0, near\n"
            "3     2      6-7   0            3 at 0000:5f:00.0, near\n"
            "note: 8 cores of 16 stay idle\n"
            "srun --cpu-bind=mask_cpu:0x3,0xc,0x30,0xc0\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x1,0x1,0x1\n");
}

TEST(BindingPlan, UsesTheOtherSocketRatherThanOneCoreTwice) {
  auto machine = machine_of({2, 1, 1, 4, 1, {{"17", 0}, {"2a", 0}, {"3d", 0}, {"5f", 0}}});
  machine = with_cpus(std::move(machine), "2-5");
  EXPECT_EQ(planned(machine, 4, machine.gpus),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      2     0            0 at 0000:17:00.0, near\n"
            "1     1      3     0            1 at 0000:2a:00.0, near\n"
            "2     1      4     1            2 at 0000:3d:00.0, far\n"
            "3     1      5     1            3 at 0000:5f:00.0, far\n"
            "note: no core is free beside the GPU of ranks 2, 3\n"
            "srun --cpu-bind=mask_cpu:0x4,0x8,0x10,0x20\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x1,0x2,0x2\n");
}

TEST(BindingPlan, GivesARankFarCoresWhereItHasLessThanHalfOfAnEvenShareNearby) {
  auto machine = machine_of({2, 1, 1, 8, 1, {{"17", 0}, {"97", 1}}});
  machine = with_cpus(std::move(machine), "0,8-14");
  EXPECT_EQ(planned(machine, 2, machine.gpus),
            "rank  cores  CPUs     NUMA domain  GPU\n"
            "0     4      0,12-14  0-1          0 at 0000:17:00.0, partly near\n"
            "1     4      8-11     1            1 at 0000:97:00.0, near\n"
            "note: not all cores are beside the GPU of rank 0\n"
            "srun --cpu-bind=mask_cpu:0x7001,0xf00\n");
}

TEST(BindingPlan, TakesTheNumaDomainOfFourThatAGpuHangsOn) {
  const auto machine = machine_of({2, 4, 1, 4, 2, {{"17", 1}, {"2a", 3}, {"97", 5}, {"aa", 7}}});
  EXPECT_EQ(planned(machine, 4, machine.gpus),
            "rank  cores  CPUs         NUMA domain  GPU\n"
            "0     4      4-7,36-39    1            0 at 0000:17:00.0, near\n"
            "1     4      12-15,44-47  3            1 at 0000:2a:00.0, near\n"
            "2     4      20-23,52-55  5            2 at 0000:97:00.0, near\n"
            "3     4      28-31,60-63  7            3 at 0000:aa:00.0, near\n"
            "note: 16 cores of 32 stay idle\n"
            "srun --cpu-bind=mask_cpu:0xf0000000f0,0xf0000000f000,0xf0000000f00000,"
            "0xf0000000f0000000\n"
            "srun --mem-bind=prefer,mask_mem:0x2,0x8,0x20,0x80\n");
}

TEST(BindingPlan, SpreadsOverNumaDomainsAndCachesWithoutGpus) {
  const auto machine = described("package:2 numa:4 l3:2 core:2 pu:1");
  EXPECT_EQ(planned(machine, 8),
            "rank  cores  CPUs   NUMA domain  GPU\n"
            "0     4      0-3    0            -\n"
            "1     4      4-7    1            -\n"
            "2     4      8-11   2            -\n"
            "3     4      12-15  3            -\n"
            "4     4      16-19  4            -\n"
            "5     4      20-23  5            -\n"
            "6     4      24-27  6            -\n"
            "7     4      28-31  7            -\n"
            "srun --cpu-bind=mask_cpu:0xf,0xf0,0xf00,0xf000,0xf0000,0xf00000,0xf000000,"
            "0xf0000000\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x2,0x4,0x8,0x10,0x20,0x40,0x80\n");
  EXPECT_EQ(machine_picture(described("package:1 l3:4 core:2 pu:1"),
                            plan_binding(described("package:1 l3:4 core:2 pu:1"), 3, {}), {}),
            "machine: 8 cores, 8 CPUs, 0 GPUs\n"
            "  package 0\n"
            "    NUMA domain 0, 1 GiB\n"
            "      L3 cache 0\n"
            "        | 0 | 0 |\n"
            "      L3 cache 1\n"
            "        | 1 | 1 |\n"
            "      L3 cache 2\n"
            "        | 2 | 2 |\n"
            "      L3 cache 3\n"
            "        | . | . |\n");
}

TEST(BindingPlan, LetsNoRankStraddleTwoDomainsWhereHalfOfAShareFitsIntoOne) {
  EXPECT_EQ(planned(described("package:2 core:8 pu:1 "), 3),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     4      0-3   0            -\n"
            "1     4      4-7   0            -\n"
            "2     5      8-12  0            -\n"
            "note: 3 cores of 16 stay idle\n"
            "srun --cpu-bind=mask_cpu:0xf,0xf0,0x1f00\n");
}

TEST(BindingPlan, KeepsTheThreadsOfACoreTogether) {
  EXPECT_EQ(planned(described("package:1 core:2 pu:4"), 2),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0-3   0            -\n"
            "1     1      4-7   0            -\n"
            "srun --cpu-bind=mask_cpu:0xf,0xf0\n");
}

TEST(BindingPlan, UsesWhatAJobHasOfACpusetWithHoles) {
  const auto machine = with_cpus(described("package:2 numa:1 core:8 pu:1"), "1,3,6-8,15");
  EXPECT_EQ(planned(machine, 3),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     2      1,3   0            -\n"
            "1     2      6-7   0            -\n"
            "2     2      8,15  1            -\n"
            "srun --cpu-bind=mask_cpu:0xa,0xc0,0x8100\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x1,0x2\n");
  EXPECT_EQ(machine_picture(machine, plan_binding(machine, 3, {}), {}),
            "machine: 16 cores, 16 CPUs, 0 GPUs; to be used: CPUs 1,3,6-8,15\n"
            "  package 0\n"
            "    NUMA domain 0, 1 GiB\n"
            "      | x | 0 | x | 0 | x | x | 1 | 1 |\n"
            "  package 1\n"
            "    NUMA domain 1, 1 GiB\n"
            "      | 2 | x | x | x | x | x | x | 2 |\n");
}

TEST(BindingPlan, LeavesOutTheThreadsThatAreSomebodyElses) {
  EXPECT_EQ(planned(with_cpus(described("package:1 core:3 pu:2"), "0,2-3,5"), 2),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0     0            -\n"
            "1     1      2-3   0            -\n"
            "note: 1 core of 3 stays idle\n"
            "srun --cpu-bind=mask_cpu:0x1,0xc\n");
}

TEST(BindingPlan, OfOneCoreGivesItToAll) {
  EXPECT_EQ(planned(described("package:1 core:1 pu:1"), 1),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0     0            -\n"
            "srun --cpu-bind=mask_cpu:0x1\n");
  EXPECT_EQ(planned(described("package:1 core:1 pu:1"), 3),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0     0            -\n"
            "1     1      0     0            -\n"
            "2     1      0     0            -\n"
            "note: 3 ranks share 1 core\n"
            "srun --cpu-bind=mask_cpu:0x1,0x1,0x1\n");
}

TEST(BindingPlan, SharesCoresEvenlyAmongMoreRanksAndStaysNearTheirGpus) {
  const auto machine = machine_of({2, 1, 1, 2, 1, {{"17", 0}, {"97", 1}}});
  EXPECT_EQ(planned(machine, 8, machine.gpus),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0     0            0 at 0000:17:00.0, near\n"
            "1     1      2     1            1 at 0000:97:00.0, near\n"
            "2     1      0     0            0 at 0000:17:00.0, near\n"
            "3     1      2     1            1 at 0000:97:00.0, near\n"
            "4     1      1     0            0 at 0000:17:00.0, near\n"
            "5     1      3     1            1 at 0000:97:00.0, near\n"
            "6     1      1     0            0 at 0000:17:00.0, near\n"
            "7     1      3     1            1 at 0000:97:00.0, near\n"
            "note: 8 ranks share 4 cores\n"
            "note: 8 ranks share 2 GPUs\n"
            "srun --cpu-bind=mask_cpu:0x1,0x4,0x1,0x4,0x2,0x8,0x2,0x8\n"
            "srun --mem-bind=prefer,mask_mem:0x1,0x2,0x1,0x2,0x1,0x2,0x1,0x2\n");
}

TEST(BindingPlan, OfAGpuThatIsUnknownSaysNothing) {
  const auto machine = described("package:1 core:2 pu:1");
  EXPECT_EQ(planned(machine, 2, {Gpu{}, Gpu{}}),
            "rank  cores  CPUs  NUMA domain  GPU\n"
            "0     1      0     0            0\n"
            "1     1      1     0            1\n"
            "srun --cpu-bind=mask_cpu:0x1,0x2\n");
}

TEST(BindingPlan, PrefersNoMemoryThatAJobMayNotUse) {
  auto machine = described("package:2 numa:1 core:1 pu:1");
  machine.domains[1].may_be_used = false;
  EXPECT_EQ(srun_options(machine, plan_binding(machine, 2, {})),
            std::vector<std::string>{"--cpu-bind=mask_cpu:0x1,0x2"});
}

/// How often each core is given.
std::vector<std::size_t> users_of(const Machine& machine, const BindingPlan& plan) {
  std::vector<std::size_t> users(machine.cores.size());
  for (const auto& rank : plan.ranks)
    for (const auto core : rank.cores) ++users[core];
  return users;
}

RC_GTEST_PROP(BindingPlan, GivesEveryRankAFairPartOfWhatThereIs, ()) {
  const auto small = rc::gen::inRange<std::size_t>(1, 4);
  Shape shape{*small, *small, *small, *small, *rc::gen::inRange<std::size_t>(1, 3)};
  const auto domains = shape.packages * shape.domains;
  for (const std::string bus : {"17", "2a", "97", "aa", "bd"}) {
    if (*rc::gen::arbitrary<bool>())
      shape.gpus.push_back({bus, *rc::gen::inRange<std::size_t>(0, domains)});
  }
  auto machine = machine_of(shape);
  CpuSet cpus{*rc::gen::elementOf(
      std::vector<unsigned>(machine.whole.cpus.begin(), machine.whole.cpus.end()))};
  for (const auto cpu : machine.whole.cpus)
    if (*rc::gen::arbitrary<bool>()) cpus.add(cpu);
  machine = *restricted_to(std::move(machine), cpus);
  const auto ranks = *rc::gen::inRange<std::size_t>(1, 20);

  const auto plan = plan_binding(machine, ranks, machine.gpus);

  const auto cores = machine.usable_cores(machine.whole);
  const auto users = users_of(machine, plan);
  RC_ASSERT(plan.ranks.size() == ranks);
  for (const auto& rank : plan.ranks) {
    RC_ASSERT(!rank.cpus.empty());
    RC_ASSERT(cpus.has(rank.cpus));
    RC_ASSERT(2 * rank.cores.size() >= cores / ranks);
    RC_ASSERT(rank.cores.size() <= std::max<std::size_t>(1, cores / ranks));
  }
  for (std::size_t core = 0; core < users.size(); ++core) {
    const bool is_usable = !machine.cores[core].usable.empty();
    RC_ASSERT(users[core] <= (is_usable ? (ranks + cores - 1) / cores : 0));
    if (is_usable && ranks >= cores) RC_ASSERT(users[core] >= ranks / cores);
  }
  // Nobody is far from their GPU while a core beside it is idle.
  for (const auto& rank : plan.ranks) {
    if (rank.nearness != Nearness::far) continue;
    for (const auto core : plan.idle_cores)
      RC_ASSERT(machine.cores[core].usable.common(machine.gpus[*rank.gpu].near).empty());
  }
}

}  // namespace
}  // namespace chainer::topology::binding_plan_test
