// What a doctor says of facts that no test can bring about on the machine that it runs on.
#include <gtest/gtest.h>

#include "node/doctor/account_health.hpp"
#include "node/doctor/command.hpp"
#include "node/doctor/doctor.hpp"
#include "node/doctor/gpu_health.hpp"
#include "node/doctor/kernel_health.hpp"
#include "node/doctor/layer_health.hpp"
#include "node/doctor/network_health.hpp"
#include "node/doctor/plugin_health.hpp"
#include "node/doctor/slurm_health.hpp"
#include "node/doctor/store_health.hpp"

namespace chainer::doctor::node_health_test {
namespace {

using namespace std::chrono_literals;

/// The findings, a line each: level, what and where.
std::string summary(const HealthFindings& findings) {
  std::string text;
  for (const auto& one : findings) {
    EXPECT_FALSE(one.why.empty()) << one.what;
    EXPECT_FALSE(one.next.empty()) << one.what;
    text += std::string(name_of(one.level)) + ": " + one.what + " [" + one.where + "]\n";
  }
  return text;
}

KernelFacts sound_kernel() { return {"6.1.0", true, true, "", true, true, true, 1000}; }

TEST(KernelHealth, NamesWhatAKernelLacks) {
  auto kernel = sound_kernel();
  kernel.release = "6.2.0-1-amd64";
  EXPECT_EQ(summary(check_kernel(kernel)), "");
  kernel.release = "6.1.0";
  EXPECT_EQ(summary(check_kernel(kernel)),
            "warning: the kernel maps no ids below an overlay [Linux 6.1.0]\n");
  EXPECT_EQ(summary(check_kernel(
                {"5.4.0", false, false, "No such file or directory", false, false, false, 0})),
            "problem: no loop device can be had: No such file or directory [/dev/loop-control]\n"
            "problem: the kernel has no squashfs [Linux 5.4.0]\n"
            "problem: the kernel has no overlay file system [Linux 5.4.0]\n"
            "problem: the kernel lacks the call openat2 [Linux 5.4.0]\n"
            "warning: the kernel maps no ids below an overlay [Linux 5.4.0]\n"
            "warning: there may be no user namespaces [/proc/sys/user/max_user_namespaces]\n");
  auto no_mount_calls = sound_kernel();
  no_mount_calls.release = "6.18";
  no_mount_calls.has_mount_api = false;
  EXPECT_EQ(summary(check_kernel(no_mount_calls)),
            "problem: the kernel lacks the mount calls fsopen, open_tree and mount_setattr "
            "[Linux 6.18]\n");
}

TEST(KernelHealth, SaysWhatOnlyRootCanTry) {
  auto kernel = sound_kernel();
  kernel.release = "6.18";
  kernel.is_loop_tried = false;
  EXPECT_EQ(summary(check_kernel(kernel)),
            "unseen: whether a loop device can be had [/dev/loop-control]\n");
}

TEST(KernelHealth, FindsThisKernelAbleToMountImages) {
  const auto kernel = look_at_kernel();
  EXPECT_TRUE(kernel.has_openat2);
  EXPECT_TRUE(kernel.has_mount_api);
  EXPECT_TRUE(kernel.has_overlay);
}

TEST(AccountHealth, RefusesRootAndStrangers) {
  EXPECT_EQ(summary(check_accounts({"chainer", 990, "", {}})), "");
  EXPECT_EQ(summary(check_accounts({"root", 0, "ann", {}})),
            "problem: the store's account is root [store_account in plugin.conf]\n"
            "problem: the account 'ann' does not exist [curator in plugin.conf]\n");
  EXPECT_EQ(summary(check_accounts({"chainer", 990, "chainer", 990})),
            "problem: the curator is root or the store's account [curator in plugin.conf]\n");
}

StoreFacts sound_store() {
  constexpr std::uint64_t gib = 1 << 30;
  return {"/s/store", "chainer",
          990,        {{"/", 0, 0, 040755}, {"/s", 0, 0, 040755}, {"/s/store", 0, 990, 040755}},
          100 * gib,  200 * gib,
          50 * gib,   false,
          7,          true};
}

TEST(StoreHealth, SaysWhatItsFileSystemLacks) {
  EXPECT_EQ(summary(check_store(sound_store())), "");
  auto store = sound_store();
  store.is_read_only = true;
  store.total = std::uint64_t{20} << 30;
  store.free = 100 << 20;
  EXPECT_EQ(summary(check_store(store)),
            "warning: the store is mounted read-only [/s/store]\n"
            "warning: the quota is 100.0 GiB, and the file system has 20.0 GiB [store_quota in "
            "plugin.conf]\n"
            "warning: the store has 0.1 GiB left [/s/store]\n");
}

TEST(StoreHealth, LooksAtTheFoldersInIt) {
  auto store = sound_store();
  store.inner = {{"/s/store/locks", 0, 0, 040700}, {"/s/store/tmp", 0, 990, 040000}};
  EXPECT_EQ(summary(check_store(store)),
            "warning: the account 'chainer' cannot write into /s/store/locks [/s/store/locks]\n"
            "warning: the account 'chainer' cannot write into /s/store/tmp [/s/store/tmp]\n");
  EXPECT_EQ(check_store(store).front().next,
            "chown -R chainer /s/store/locks && chmod u+rwx /s/store/locks");
  store.inner = {{"/s/store/locks", 0, 990, 040700}, {"/s/store/public", 0, 990, 040755}};
  EXPECT_EQ(summary(check_store(store)), "");
}

TEST(StoreHealth, SaysWhoMayNotLook) {
  auto store = sound_store();
  store.places = {{"/", 0, 0, 040755}, {"/s", EACCES}};
  EXPECT_EQ(check_store(store).front().next, "run this as 'chainer'");
  store.is_root_looking = false;
  EXPECT_EQ(check_store(store).front().next, "run this as root");
  store.places[1].error_number = ESTALE;
  EXPECT_EQ(summary(check_store(store)),
            "problem: cannot look at the store: Stale file handle [/s]\n");
}

GpuFacts sound_gpus() {
  GpuFacts gpus{"/etc/chainer/gpu-files"};
  gpus.list = GpuFiles{"535.104.05", {{GpuFile::Kind::library, "libcuda.so.1", "/usr/lib/x"}}};
  gpus.devices = 2;
  gpus.has_memory_device = true;
  gpus.running = "535.104.05";
  gpus.are_given_by_slurm = true;
  return gpus;
}

TEST(GpuHealth, SaysWhereContainersGetNothingOfTheDriver) {
  EXPECT_EQ(summary(check_gpus(sound_gpus())), "");
  auto gpus = sound_gpus();
  gpus.list->files.clear();
  EXPECT_EQ(summary(check_gpus(gpus)),
            "warning: containers get nothing of the GPU driver: the list of its files is empty "
            "[/etc/chainer/gpu-files]\n");
  gpus.list.reset();
  EXPECT_EQ(summary(check_gpus(gpus)),
            "warning: containers get nothing of the GPU driver: there is no list of its files "
            "[/etc/chainer/gpu-files]\n");
}

TEST(GpuHealth, SaysWhereTheListIsNotForWhatTheNodeHas) {
  auto gpus = sound_gpus();
  gpus.running = "550.54.15";
  gpus.gone = {"/usr/lib/a", "/usr/lib/b"};
  gpus.distrusted = {"/usr/lib/x can be changed by others than root"};
  gpus.has_memory_device = false;
  EXPECT_EQ(summary(check_gpus(gpus)),
            "problem: what the list of the GPU driver's files names is gone: /usr/lib/a (and 1 "
            "more) [/etc/chainer/gpu-files]\n"
            "problem: /usr/lib/x can be changed by others than root [/etc/chainer/gpu-files]\n"
            "problem: the list of the GPU driver's files is for 535.104.05, and 550.54.15 runs "
            "[/etc/chainer/gpu-files]\n"
            "warning: the GPU driver's /dev/nvidia-uvm is not there [/dev]\n");
}

TEST(GpuHealth, SaysWhereSlurmHandsOutWhatIsNotThere) {
  GpuFacts gpus{"/etc/chainer/gpu-files"};
  EXPECT_FALSE(gpus.concern_the_node());
  gpus.are_given_by_slurm = true;
  EXPECT_TRUE(gpus.concern_the_node());
  EXPECT_EQ(summary(check_gpus(gpus)),
            "warning: Slurm hands out GPUs here, and no driver shows any [gres.conf]\n");
  gpus.has_other_gpus = true;
  EXPECT_EQ(summary(check_gpus(gpus)), "");
}

TEST(GpuHealth, ReadsWhichDriverRuns) {
  EXPECT_EQ(driver_version_in("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug "
                              "19 01:15:15 UTC 2023\nGCC version:  gcc version 12.2.0\n"),
            "535.104.05");
  EXPECT_EQ(driver_version_in("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  "
                              "Release Build  (root@host)\n"),
            "580.95.05");
  EXPECT_EQ(driver_version_in("NVRM version: none\nGCC version: 12.2.0\n"), "");
  EXPECT_EQ(driver_version_in(""), "");
}

TEST(GpuHealth, ReadsWhatSlurmGives) {
  EXPECT_TRUE(names_gpus("NodeName=n1 Arch=x86_64 Gres=gpu:2(S:0) NodeAddr=n1"));
  EXPECT_TRUE(names_gpus("NodeName=n1 Gres=shard:8,gpu:a100:4 NodeAddr=n1"));
  EXPECT_FALSE(names_gpus("NodeName=n1 Gres=gpumem:4 NodeAddr=n1"));
  EXPECT_FALSE(names_gpus("NodeName=n1 Gres=(null) NodeAddr=n1"));
  EXPECT_FALSE(names_gpus("NodeName=n1 OtherGres=gpu:2"));
  EXPECT_FALSE(names_gpus(""));
}

PluginFacts sound_plugin() {
  PluginFacts plugin{"/etc/slurm/slurm.conf", "/etc/slurm/plugstack.conf"};
  plugin.line = PlugstackLine{"/etc/slurm/plugstack.conf", 1, true, "spank_chainer.so"};
  plugin.lines = 1;
  plugin.plugin_path = "/usr/lib/slurm/spank_chainer.so";
  plugin.built_for = 0x160508;
  plugin.running = "22.05.9";
  return plugin;
}

TEST(PluginHealth, KnowsWhichSlurmItWasBuiltFor) {
  EXPECT_EQ(slurm_version_text(0x160508), "22.05.8");
  EXPECT_EQ(summary(check_plugin(sound_plugin())), "");
  auto plugin = sound_plugin();
  plugin.running = "24.11.5";
  EXPECT_EQ(summary(check_plugin(plugin)),
            "problem: the plugin was built for Slurm 22.05.8, and Slurm here is 24.11.5 "
            "[/usr/lib/slurm/spank_chainer.so]\n");
}

TEST(PluginHealth, SaysWhatItCannotSee) {
  EXPECT_EQ(summary(check_plugin({""})), "unseen: whether Slurm loads the plugin [slurm.conf]\n");
  auto plugin = sound_plugin();
  plugin.plugin_path = "";
  EXPECT_EQ(summary(check_plugin(plugin)), "unseen: the plugin's file [spank_chainer.so]\n");
}

TEST(PluginHealth, FindsTheLineOfPlugstackConf) {
  int lines = 0;
  const auto line = find_plugstack_line(
      "# required spank_chainer.so\noptional other.so\n"
      "  required\t/opt/spank_chainer.so conf=/etc/p.conf   # ours\n",
      "f", lines);
  ASSERT_TRUE(line);
  EXPECT_EQ(lines, 1);
  EXPECT_EQ(line->number, 3U);
  EXPECT_EQ(line->plugin, "/opt/spank_chainer.so");
  EXPECT_EQ(line->conf, "/etc/p.conf");
  EXPECT_EQ(line->wrong, "");
  EXPECT_FALSE(find_plugstack_line("required my_spank_chainer.so\n", "f", lines));
  EXPECT_EQ(find_plugstack_line("required spank_chainer.so conf=p.conf\n", "f", lines)->wrong,
            "conf=p.conf");
}

TEST(PluginHealth, FindsThePluginThatRemovesLayers) {
  EXPECT_TRUE(names_epilog_plugin("required a.so\noptional spank_chainer_epilog.so conf=/etc/p\n"));
  EXPECT_TRUE(names_epilog_plugin("required /usr/lib/slurm/spank_chainer_epilog.so\n"));
  EXPECT_FALSE(names_epilog_plugin("# optional spank_chainer_epilog.so\n"));
  EXPECT_FALSE(names_epilog_plugin("required spank_chainer.so\n"));
}

TEST(LayerHealth, SaysWhenNobodyRemovesThem) {
  LayerFacts layers{true, "/etc/slurm/plugstack.conf", true, true, "/run/chainer/layers"};
  EXPECT_EQ(summary(check_layers(layers)), "");
  layers.are_promised = false;
  EXPECT_EQ(summary(check_layers(layers)),
            "problem: slurmd has not loaded spank_chainer_epilog.so [/etc/slurm/plugstack.conf]\n");
  layers.are_promised = std::nullopt;
  EXPECT_EQ(summary(check_layers(layers)), "");
  layers.are_removed = false;
  EXPECT_EQ(summary(check_layers(layers)),
            "problem: plugin.conf offers layers, and nobody would remove them at a job's end "
            "[/etc/slurm/plugstack.conf]\n");
  layers.are_offered = false;
  layers.ended = {7, 12};
  EXPECT_EQ(summary(check_layers(layers)),
            "warning: layers of jobs that have ended: 7, 12 [/run/chainer/layers]\n");
}

TEST(SlurmHealth, NamesWhatContainersDependOn) {
  EXPECT_EQ(summary(check_slurm({"", "proctrack/cgroup", "task/cgroup", true, {"pmix"}})), "");
  EXPECT_EQ(summary(check_slurm({"", "proctrack/cgroup", "task/cgroup", false, {"none", "pmi2"}})),
            "problem: no cgroup hierarchy is mounted [/sys/fs/cgroup]\n"
            "warning: Slurm has no mpi/pmix plugin [srun --mpi=list]\n");
  EXPECT_EQ(summary(check_slurm({"", "proctrack/linuxproc", "", true, {"pmix_v4"}})),
            "warning: Slurm follows processes by proctrack/linuxproc [ProctrackType in "
            "slurm.conf]\n");
  EXPECT_EQ(summary(check_slurm({"scontrol does not answer"})),
            "unseen: how Slurm is set up [scontrol show config]\n");
  EXPECT_EQ(summary(check_slurm({"", "proctrack/cgroup", "", true, {}, "srun: fatal: no plugin"})),
            "unseen: whether Slurm has an mpi/pmix plugin [srun --mpi=list]\n");
}

TEST(SlurmHealth, ReadsTheTypesThatSrunNames) {
  EXPECT_EQ(mpi_types_in("MPI plugin types are...\n\tpmix\n\tnone\nspecific pmix plugin versions "
                         "available: pmix_v3,pmix_v4\n"),
            (std::vector<std::string>{"pmix", "none", "pmix_v3", "pmix_v4"}));
  EXPECT_EQ(mpi_types_in("srun: MPI types are...\nsrun: pmi2\n"),
            (std::vector<std::string>{"pmi2"}));
}

TEST(NetworkHealth, IsNeverAskedByRoot) {
  EXPECT_EQ(summary(check_network({true, {}})),
            "unseen: the registries and the package index []\n");
  EXPECT_EQ(summary(check_network({false, {{"h.org/i:1", ""}, {"h.org/j:1", "no route"}}})),
            "warning: no route [h.org/j:1]\n");
}

TEST(DoctorsCommand, GivesCodeAndWords) {
  const auto answer = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"}, 10s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, 3);
  EXPECT_EQ(answer->said, "out\nerr\n");
  // One that closes its outputs and goes on is not killed for that.
  EXPECT_EQ(run_command({"sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 5"}, 10s)->code, 5);
  EXPECT_EQ(run_command({"/nowhere/program"}, 1s).error().what,
            "cannot start /nowhere/program: No such file or directory");
}

TEST(DoctorsCommand, IsNotWaitedForWithoutEnd) {
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = run_command({"sh", "-c", "sleep 600 & sleep 600"}, 50ms);
  EXPECT_FALSE(answer);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 60s);
}

TEST(NodeReport, IsOneLineOfJson) {
  NodeReport report{
      "n1", {{HealthLevel::problem, "a \"b\"\xff", "c", "d", "e"}}, {"f"}, {{"g", "h"}}};
  EXPECT_EQ(
      node_json(report),
      "{\"node\":\"n1\",\"well\":false,\"findings\":[{\"level\":\"problem\",\"what\":\"a "
      "\\\"b\\\"\xef\xbf\xbd\",\"where\":\"c\",\"why\":\"d\",\"next\":\"e\"}],\"sound\":[\"f\"]"
      ",\"facts\":{\"g\":\"h\"}}\n");
  EXPECT_EQ(reason_to_drain(report), "a \"b\"\\xff: e");
  report.findings.front().level = HealthLevel::warning;
  EXPECT_EQ(reason_to_drain(report), "");
  EXPECT_EQ(node_text({"n1", {}, {"the kernel", "the store"}, {}}, Colour::off),
            "well: the kernel, the store\nn1: all is well\n");
}

}  // namespace
}  // namespace chainer::doctor::node_health_test
