#include "node/source/sif_file.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "node/image/manifest.hpp"

namespace chainer::sif_file_test {
namespace {

std::string number(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

struct Part {
  std::uint32_t type{0x4004};
  std::uint64_t offset{4096};
  std::uint64_t size{100};
  std::uint32_t file_system{1};
  std::uint32_t role{2};
  std::string processor{"02"};
  bool used{true};
  std::string name{};
};

std::string descriptor(const Part& part) {
  std::string bytes = number(part.type, 4) + std::string(1, part.used ? '\1' : '\0') +
                      std::string(12, '\0') + number(part.offset, 8) + number(part.size, 8);
  bytes.resize(73, '\0');
  bytes += part.name;
  bytes.resize(201, '\0');
  bytes += number(part.file_system, 4) + number(part.role, 4) + part.processor;
  bytes.resize(585, '\0');
  return bytes;
}

std::string sif(const std::vector<Part>& parts, const std::string& version = "01") {
  std::string bytes = "#!/usr/bin/env run-singularity\n";
  bytes.resize(32, '\0');
  bytes += std::string("SIF_MAGIC\0", 10) + version + '\0' + std::string("02\0", 3);
  bytes.resize(88, '\0');
  bytes += number(parts.size(), 8) + number(128, 8);
  bytes.resize(128, '\0');
  for (const auto& part : parts) bytes += descriptor(part);
  return bytes;
}

Result<source::SifParts> parts_of(const std::string& file, std::uint64_t size = 8192) {
  const auto read = [&](std::uint64_t offset, std::size_t count) -> Result<std::string> {
    return offset > file.size() ? std::string() : file.substr(offset, count);
  };
  return source::find_sif_parts(read, size);
}

std::string refusal(const std::string& file, std::uint64_t size = 8192) {
  const auto parts = parts_of(file, size);
  return parts ? "none" : parts.error().what;
}

/// Apptainer's code for the processor of this machine.
std::string ours() { return image::Platform::ours().architecture == "arm64" ? "04" : "02"; }
std::string another() { return ours() == "02" ? "04" : "02"; }

TEST(SifFile, ItsRootIsThePrimaryPartition) {
  const Part definition{.type = 0x4001}, data{.role = 3};
  const Part gone{.offset = 1, .processor = ours(), .used = false};
  const Part root{.offset = 5000, .size = 300, .processor = ours()};
  const auto parts = parts_of(sif({definition, data, gone, root}));
  ASSERT_TRUE(parts) << parts.error().what;
  EXPECT_EQ(parts->root.offset, 5000U);
  EXPECT_EQ(parts->root.size, 300U);
  EXPECT_FALSE(parts->oci_config);
}

TEST(SifFile, ItsConfigurationIsTheJsonOfThatName) {
  const Part config{.type = 0x4006, .offset = 6000, .size = 20, .name = "oci-config.json"};
  const Part labels{.type = 0x4006, .name = "inspect-metadata.json"};
  const Part longer{.type = 0x4006, .name = "oci-config.json.old"};
  const Part another_type{.type = 0x4001, .name = "oci-config.json"};
  const Part root{.processor = ours()};
  for (const auto& order : {std::vector{labels, config, root, longer, another_type},
                            std::vector{root, labels, longer, another_type, config}}) {
    const auto parts = parts_of(sif(order));
    ASSERT_TRUE(parts) << parts.error().what;
    ASSERT_TRUE(parts->oci_config);
    EXPECT_EQ(parts->oci_config->offset, 6000U);
    EXPECT_EQ(parts->oci_config->size, 20U);
  }
  const auto without = parts_of(sif({labels, longer, another_type, root}));
  ASSERT_TRUE(without) << without.error().what;
  EXPECT_FALSE(without->oci_config);
}

TEST(SifFile, WhatCannotBeReadIsRefusedByName) {
  EXPECT_EQ(refusal(sif({{.file_system = 5}})),
            "it is an encrypted SIF file, which cannot be read");
  EXPECT_EQ(refusal(sif({{.file_system = 2}})),
            "its root file system is ext3, as images of Singularity 2 have it");
  EXPECT_EQ(refusal(sif({{.type = 0x400a}})), "it is an OCI-SIF file, which cannot be read");
  EXPECT_TRUE(refusal(sif({{.processor = another()}})).starts_with("it is for "));
}

TEST(SifFile, OneThatIsBrokenIsRefused) {
  EXPECT_EQ(refusal("#!/bin/sh\n"), "it is a broken SIF file: it does not begin as one");
  EXPECT_EQ(refusal(sif({}, "02")), "it is a broken SIF file: its format is of another version");
  EXPECT_EQ(refusal(sif({})), "it is a broken SIF file: it has no root file system");
  EXPECT_EQ(refusal(sif({{.file_system = 9}})),
            "it is a broken SIF file: its root file system is of an unknown kind");
  const auto cut = sif({{}}).substr(0, 300);
  EXPECT_EQ(refusal(cut), "it is a broken SIF file: its list of parts is cut off");
  for (const auto& beyond : {Part{.offset = 8193, .size = 0, .processor = ours()},
                             Part{.offset = 8000, .size = 193, .processor = ours()},
                             Part{.size = ~std::uint64_t{0}, .processor = ours()}}) {
    EXPECT_EQ(refusal(sif({beyond})), "it is a broken SIF file: it is shorter than it says");
    auto config = beyond;
    config.type = 0x4006;
    config.name = "oci-config.json";
    EXPECT_EQ(refusal(sif({{.processor = ours()}, config})),
              "it is a broken SIF file: it is shorter than it says");
  }
  auto many = sif({{}});
  many.replace(88, 8, number(std::uint64_t{1} << 60, 8));
  EXPECT_EQ(refusal(many), "it is a broken SIF file: it lists too many parts");
}

}  // namespace
}  // namespace chainer::sif_file_test
