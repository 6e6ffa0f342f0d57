#include "node/gpu/driver_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace chainer::gpu::driver_files_test {
namespace {

namespace fs = std::filesystem;

/// A folder with files as a driver's installer leaves them.
class ADriver : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder_), nullptr);
    root_ = folder_;
    for (const auto* folder : {"lib", "lib32", "bin", "etc/cdi", "run/cdi"})
      fs::create_directories(root_ / folder);
    library("lib/libcuda.so.535.104.05");
    fs::create_symlink("libcuda.so.535.104.05", root_ / "lib/libcuda.so.1");
    fs::create_symlink("libcuda.so.1", root_ / "lib/libcuda.so");
    library("lib/libnvidia-ml.so.535.104.05");
    fs::create_symlink("libnvidia-ml.so.535.104.05", root_ / "lib/libnvidia-ml.so.1");
    write("bin/nvidia-smi", "#!/bin/sh\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  /// As much of this program as tells the machine that it is for.
  void library(const std::string& name) {
    std::ifstream self("/proc/self/exe", std::ios::binary);
    std::string header(64, '\0');
    self.read(header.data(), 64);
    write(name, header);
  }
  std::string in(const std::string& name) const { return (root_ / name).string(); }

  /// A specification with these mounts, of HOST and CONTAINER paths.
  void spec(const std::string& name, const std::vector<std::pair<std::string, std::string>>& mounts,
            const std::string& kind = "nvidia.com/gpu") {
    std::string text = "kind: " + kind + "\ncontainerEdits:\n  mounts:\n";
    for (const auto& [host, container] : mounts)
      text += "  - hostPath: " + host + "\n    containerPath: " + container + "\n";
    write(name, text);
  }

  Result<DriverFiles> find() const {
    return find_driver_files(
        {{in("run/cdi"), in("etc/cdi")}, {in("bin")}, [&] { return Result<std::string>(cache_); }});
  }
  /// The list without this folder's name, or the error.
  std::string list() const {
    const auto found = find();
    auto text = found ? gpu_files_text(found->list, found->source) : found.error().what;
    for (auto at = text.find(folder_); at != std::string::npos; at = text.find(folder_))
      text.erase(at, std::string(folder_).size());
    return text;
  }
  void cached(const std::string& name, const std::string& path) {
    cache_ += "\t" + name + " (libc6,x86-64) => " + in(path) + "\n";
  }

  char folder_[32] = "/tmp/driver-files.XXXXXX";
  std::string cache_{"some libs found\n"};
  fs::path root_{};
};

constexpr char cuda_and_smi[] =
    "driver 535.104.05\n"
    "library libcuda.so.535.104.05 /lib/libcuda.so.535.104.05\n"
    "library libcuda.so /lib/libcuda.so.535.104.05\n"
    "library libcuda.so.1 /lib/libcuda.so.535.104.05\n"
    "tool nvidia-smi /bin/nvidia-smi\n";

TEST_F(ADriver, IsWhatASpecificationNamesByAllItsNames) {
  spec("etc/cdi/nvidia.yaml", {{in("lib/libcuda.so.535.104.05"), "/usr/lib/libcuda.so.535.104.05"},
                               {in("bin/nvidia-smi"), "/usr/bin/nvidia-smi"},
                               {in("etc"), "/etc/vulkan/icd.d"}});
  EXPECT_EQ(list(), std::string("# /etc/cdi/nvidia.yaml\n") + cuda_and_smi);
}

TEST_F(ADriver, IsWhatTheFirstFolderWithSpecificationsForGpusSays) {
  spec("run/cdi/net.yaml", {{in("lib/libnvidia-ml.so.1"), "/usr/lib/libnvidia-ml.so.1"}},
       "example.com/net");
  spec("etc/cdi/a.yaml", {{in("lib/libcuda.so.1"), "/usr/lib/libcuda.so.535.104.05"}});
  write("etc/cdi/b.txt", "not read");
  EXPECT_EQ(list(), std::string("# /etc/cdi/a.yaml\n") + cuda_and_smi);
  write("run/cdi/c.json", R"({"kind": "nvidia.com/gpu", "devices": [{"name": "0", "containerEdits":
    {"mounts": [{"hostPath": ")" +
                              in("lib/libnvidia-ml.so.1") +
                              R"(", "containerPath": "/lib/libnvidia-ml.so.1"}]}}]})");
  EXPECT_EQ(list(),
            "# /run/cdi/c.json\nlibrary libnvidia-ml.so.1 /lib/libnvidia-ml.so.535.104.05\n"
            "tool nvidia-smi /bin/nvidia-smi\n");
}

TEST_F(ADriver, IsNotListedFromASpecificationThatIsOldOrWrong) {
  spec("etc/cdi/a.yaml", {{in("lib/libcuda.so.470.1"), "/usr/lib/libcuda.so.470.1"}});
  EXPECT_EQ(list(),
            "/etc/cdi/a.yaml names /lib/libcuda.so.470.1, which cannot be found: "
            "No such file or directory");
  write("etc/cdi/a.yaml", "kind: nvidia.com/gpu\ndevices: none\n");
  EXPECT_EQ(list(), "cannot read /etc/cdi/a.yaml: line 2: expected a list for 'devices'");
}

TEST_F(ADriver, IsElseWhatTheLoaderFinds) {
  cached("libcuda.so.1", "lib/libcuda.so.1");
  cached("libcudart.so.12", "lib/libcudart.so.12");
  cached("libnvidia-ml.so.1", "lib/libnvidia-ml.so.1");
  cached("libnvidia-gone.so.1", "lib/libnvidia-gone.so.1");
  EXPECT_EQ(list(),
            "# the linker's cache\ndriver 535.104.05\n"
            "library libcuda.so.1 /lib/libcuda.so.535.104.05\n"
            "library libnvidia-ml.so.1 /lib/libnvidia-ml.so.535.104.05\n"
            "tool nvidia-smi /bin/nvidia-smi\n");
}

TEST_F(ADriver, IsWhatTheLoaderFindsWhereASpecificationNamesDevicesAlone) {
  spec("etc/cdi/a.yaml", {}, "amd.com/gpu");
  cached("libnvidia-ml.so.1", "lib/libnvidia-ml.so.1");
  EXPECT_EQ(list(),
            "# /etc/cdi/a.yaml, the linker's cache\n"
            "library libnvidia-ml.so.1 /lib/libnvidia-ml.so.535.104.05\n"
            "tool nvidia-smi /bin/nvidia-smi\n");
}

TEST_F(ADriver, InAFolderOfItsOwnHasItsToolsThere) {
  for (const auto* folder : {"driver/lib64", "driver/bin"}) fs::create_directories(root_ / folder);
  library("driver/lib64/libcuda.so.535.104.05");
  write("driver/bin/nvidia-smi", "#!/bin/sh\n");
  cached("libcuda.so.1", "driver/lib64/libcuda.so.535.104.05");
  EXPECT_EQ(list(),
            "# the linker's cache\ndriver 535.104.05\nlibrary libcuda.so.1 "
            "/driver/lib64/libcuda.so.535.104.05\ntool nvidia-smi /driver/bin/nvidia-smi\n");
}

TEST_F(ADriver, HasNoLibrariesOfOtherMachinesAndNoStubs) {
  write("lib32/libcuda.so.1", std::string("\177ELF\1\1", 6) + std::string(58, '\0'));
  write("lib32/libnvidia-ml.so.1", "GROUP ( libnvidia-ml.so.2 )\n");
  fs::create_directories(root_ / "stubs");
  library("stubs/libcuda.so.1");
  cached("libcuda.so.1", "lib32/libcuda.so.1");
  cached("libnvidia-ml.so.1", "lib32/libnvidia-ml.so.1");
  cached("libcuda.so.1", "stubs/libcuda.so.1");
  EXPECT_EQ(list(), "# the linker's cache\n");
  cached("libcuda.so.1", "lib/libcuda.so.1");
  EXPECT_EQ(list(),
            "# the linker's cache\ndriver 535.104.05\nlibrary libcuda.so.1 "
            "/lib/libcuda.so.535.104.05\ntool nvidia-smi /bin/nvidia-smi\n");
}

TEST_F(ADriver, IsNothingOnANodeWithoutOne) {
  EXPECT_EQ(list(), "# the linker's cache\n");
  fs::remove_all(root_ / "etc");
  EXPECT_EQ(list(), "# the linker's cache\n");
}

TEST_F(ADriver, SaysWhichFilesTheListCannotHold) {
  library("lib/libcuda.so.1:2");
  fs::create_symlink("libcuda.so.1:2", root_ / "lib/libcudadebugger.so.1");
  cached("libcuda.so.1", "lib/libcuda.so.1");
  cached("libcudadebugger.so.1", "lib/libcudadebugger.so.1");
  const auto found = find();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->list.files.size(), 2U);
  EXPECT_EQ(found->left_out,
            std::vector{"left out, for the characters in its name: " + in("lib/libcuda.so.1:2")});
}

}  // namespace
}  // namespace chainer::gpu::driver_files_test
