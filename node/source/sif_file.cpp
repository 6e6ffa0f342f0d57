#include "node/source/sif_file.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "node/image/manifest.hpp"

namespace chainer::source {
namespace {

// The header (sif/pkg/sif/sif.go): numbers are little endian and packed.
constexpr std::size_t header_size = 128;
constexpr std::size_t magic_at = 32;  // behind a line that starts the file as a program
constexpr std::string_view sif_magic{"SIF_MAGIC\0", 10};
constexpr std::size_t version_at = 42;
constexpr std::string_view sif_version{"01\0", 3};
constexpr std::size_t total_at = 88;        // of descriptors, used or not
constexpr std::size_t descriptors_at = 96;  // where they begin

// The layout of a descriptor. A file that Apptainer writes has 48 of them.
constexpr std::size_t descriptor_size = 585;
constexpr std::uint64_t most_descriptors = 4096;
constexpr std::size_t used_at = 4;
constexpr std::size_t offset_at = 17;
constexpr std::size_t size_at = 25;
constexpr std::size_t name_at = 73;
constexpr std::size_t name_size = 128;
constexpr std::size_t extra_at = 201;  // of a partition: file system, role, processor

constexpr std::uint32_t partition_type = 0x4004;
constexpr std::uint32_t json_type = 0x4006;
constexpr std::uint32_t oci_index_type = 0x400a;
constexpr std::uint32_t primary_system = 2;

// What Apptainer calls the part with the configuration of the OCI image that it began with.
constexpr std::string_view oci_config_name{"oci-config.json\0", 16};
static_assert(oci_config_name.size() <= name_size);

constexpr std::uint32_t squashfs_system = 1;
constexpr std::uint32_t ext3_system = 2;
constexpr std::uint32_t encrypted_system = 5;

struct Processor {
  std::string_view code;
  std::string_view name;
};
constexpr Processor processors[] = {{"01", "386"},   {"02", "amd64"},  {"03", "arm"},
                                    {"04", "arm64"}, {"05", "ppc64"},  {"06", "ppc64le"},
                                    {"11", "s390x"}, {"12", "riscv64"}};

Error broken_sif(std::string why) {
  return {"it is a broken SIF file: " + std::move(why), "make the image again", 0, Fault::user};
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t number = 0;
  for (std::size_t i = width; i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

bool is_a(std::string_view descriptor, std::uint32_t type) {
  return descriptor[used_at] != 0 && number_at(descriptor, 0, 4) == type;
}

FileRange range_of(std::string_view descriptor) {
  return {number_at(descriptor, offset_at, 8), number_at(descriptor, size_at, 8)};
}

bool is_in_file(const FileRange& range, std::uint64_t file_size) {
  return range.offset <= file_size && range.size <= file_size - range.offset;
}

struct Partition {
  FileRange range;
  std::uint64_t file_system;
  std::string_view processor;
};

/// Empty for everything but the primary partition: data, overlays, signatures, notes.
std::optional<Partition> primary_partition(std::string_view descriptor) {
  if (!is_a(descriptor, partition_type)) return std::nullopt;
  if (number_at(descriptor, extra_at + 4, 4) != primary_system) return std::nullopt;
  return Partition{range_of(descriptor), number_at(descriptor, extra_at, 4),
                   descriptor.substr(extra_at + 8, 2)};
}

Result<FileRange> usable_range(const Partition& partition, std::uint64_t file_size) {
  switch (partition.file_system) {
    case squashfs_system: break;
    case encrypted_system:
      return Error{"it is an encrypted SIF file, which cannot be read",
                   "make one without encryption, or keep secrets out of images", 0, Fault::user};
    case ext3_system:
      return Error{"its root file system is ext3, as images of Singularity 2 have it",
                   "make the image again with a current Apptainer", 0, Fault::user};
    default: return broken_sif("its root file system is of an unknown kind");
  }
  const auto ours = image::Platform::ours().architecture;
  const auto* known = std::ranges::find(processors, partition.processor, &Processor::code);
  if (known != std::end(processors) && known->name != ours) {
    return Error{"it is for " + std::string(known->name) + ", and this machine is " + ours,
                 "use an image that was built for this cluster's machines", 0, Fault::user};
  }
  if (!is_in_file(partition.range, file_size)) return broken_sif("it is shorter than it says");
  return partition.range;
}

}  // namespace

bool is_sif(std::string_view first_bytes) {
  return first_bytes.size() >= header_size &&
         first_bytes.substr(magic_at, sif_magic.size()) == sif_magic;
}

Result<SifParts> find_sif_parts(const ReadRange& read, std::uint64_t file_size) {
  TRY_ASSIGN(const auto header, read(0, header_size));
  if (!is_sif(header)) return broken_sif("it does not begin as one");
  if (std::string_view(header).substr(version_at, sif_version.size()) != sif_version)
    return broken_sif("its format is of another version");
  const auto total = number_at(header, total_at, 8);
  if (total > most_descriptors) return broken_sif("it lists too many parts");
  const auto size = static_cast<std::size_t>(total) * descriptor_size;
  TRY_ASSIGN(const auto table, read(number_at(header, descriptors_at, 8), size));
  if (table.size() != size) return broken_sif("its list of parts is cut off");

  std::optional<Partition> root;
  std::optional<FileRange> oci_config;
  bool holds_oci = false;
  for (std::string_view left = table; !left.empty(); left.remove_prefix(descriptor_size)) {
    const auto descriptor = left.substr(0, descriptor_size);
    if (!root) root = primary_partition(descriptor);
    if (is_a(descriptor, json_type) && descriptor.substr(name_at).starts_with(oci_config_name))
      oci_config = range_of(descriptor);
    holds_oci |= is_a(descriptor, oci_index_type);
  }
  if (root) {
    TRY_ASSIGN(const auto range, usable_range(*root, file_size));
    if (oci_config && !is_in_file(*oci_config, file_size))
      return broken_sif("it is shorter than it says");
    return SifParts{range, oci_config};
  }
  if (!holds_oci) return broken_sif("it has no root file system");
  return Error{"it is an OCI-SIF file, which cannot be read",
               "make a plain SIF file of it, or push the image to a registry", 0, Fault::user};
}

}  // namespace chainer::source
