#include "node/gpu/cdi_spec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace chainer::gpu::cdi_spec_test {
namespace {

constexpr char yaml[] = R"(---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  hooks:
  - args: [nvidia-cdi-hook, update-ldcache, --folder, /usr/lib/x86_64-linux-gnu]
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
  mounts:
  - containerPath: /usr/bin/nvidia-smi
    hostPath: /usr/bin/nvidia-smi
    options: [ro, nosuid, nodev, bind]
  - containerPath: /usr/lib/libcuda.so.535.104.05
    hostPath: /run/nvidia/driver/usr/lib/libcuda.so.535.104.05
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
- name: mig1:0
  containerEdits:
    mounts:
    - hostPath: /one
      containerPath: /two
)";

TEST(CdiSpec, HasTheMountsOfAllContainersAndOfEachDevice) {
  const auto spec = parse_cdi_spec(yaml);
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_TRUE(spec->is_for_gpus());
  EXPECT_EQ(spec->mounts,
            (std::vector<CdiMount>{{"/usr/bin/nvidia-smi", "/usr/bin/nvidia-smi"},
                                   {"/run/nvidia/driver/usr/lib/libcuda.so.535.104.05",
                                    "/usr/lib/libcuda.so.535.104.05"},
                                   {"/one", "/two"}}));
}

TEST(CdiSpec, IsReadAsJsonToo) {
  const auto spec = parse_cdi_spec(
      R"({"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": [{"name": "all", "containerEdits":
          {"mounts": [{"hostPath": "/a\/b", "containerPath": "/c"}]}}]})");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->mounts, (std::vector<CdiMount>{{"/a/b", "/c"}}));
}

TEST(CdiSpec, NeedNotBeForGpus) {
  EXPECT_FALSE(parse_cdi_spec("kind: example.com/net\ndevices: []\n")->is_for_gpus());
  EXPECT_TRUE(parse_cdi_spec("kind: amd.com/gpu\n")->is_for_gpus());
}

std::string wrong(const std::string& text) {
  const auto spec = parse_cdi_spec(text);
  return spec ? "ok" : spec.error().what;
}

TEST(CdiSpec, SaysWhereItIsWrong) {
  EXPECT_EQ(wrong(""), "expected a map, with 'kind' and 'devices'");
  EXPECT_EQ(wrong("- a"), "line 1: expected a map, with 'kind' and 'devices'");
  EXPECT_EQ(wrong("devices: []"), "line 1: expected a text for 'kind'");
  EXPECT_EQ(wrong("kind: [x]"), "line 1: expected a text for 'kind'");
  EXPECT_EQ(wrong("kind: a/gpu\ndevices: 7"), "line 2: expected a list for 'devices'");
  EXPECT_EQ(wrong("kind: a/gpu\ndevices:\n- x"), "line 3: expected a map for each of 'devices'");
  EXPECT_EQ(wrong("kind: a/gpu\ncontainerEdits: x"), "line 2: expected a map, with 'mounts'");
  EXPECT_EQ(wrong("kind: a/gpu\ncontainerEdits:\n  mounts:\n  - hostPath: /a"),
            "line 4: expected a text for 'containerPath'");
  EXPECT_EQ(wrong("kind: a/gpu\ncontainerEdits:\n  mounts:\n  - x"),
            "line 4: expected a map for each of 'mounts'");
  EXPECT_EQ(wrong("kind: {").substr(0, 6), "line 1");
}

TEST(CdiSpec, HoldsNoMoreMountsThanAnybodyNeeds) {
  std::string text = "kind: a/gpu\nall: &all {mounts: [";
  for (int one = 0; one < 70; ++one) text += "{hostPath: /a, containerPath: /b},";
  text += "]}\ndevices:\n";
  for (int one = 0; one < 70; ++one) text += "- {containerEdits: *all}\n";
  EXPECT_NE(wrong(text).find("there are too many mounts"), std::string::npos) << wrong(text);
}

RC_GTEST_PROP(CdiSpec, ReadsAnything, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "kind: a/gpu", "\n", "devices:", "- ", "  ", "containerEdits:", "mounts:", "{", "}", "[", "]",
      "&a", "*a", "hostPath: /x", "containerPath: /y", ":", "\"", "\t", "!!map", "? "));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  static_cast<void>(parse_cdi_spec(text).has_value());
}

}  // namespace
}  // namespace chainer::gpu::cdi_spec_test
