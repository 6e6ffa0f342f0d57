#include "submit/plan/image_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <filesystem>

#include "submit/input/defaults.hpp"
#include "submit/input/key_table.hpp"
#include "submit/input/mention.hpp"
#include "submit/plan/allocation.hpp"

namespace chainer::plan {
namespace {

std::string from(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

std::string with_name(const std::string& text, const std::string& name,
                      const std::optional<Digest>& digest = {}) {
  return text + (name.empty() ? "" : ":" + name) + (digest ? "@" + digest->to_string() : "");
}

std::string prefix_of(PathRef::Kind kind) {
  switch (kind) {
    case PathRef::Kind::sif: return "sif:";
    case PathRef::Kind::squashfs: return "squashfs:";
    case PathRef::Kind::folder: return "dir:";
    case PathRef::Kind::any: break;
  }
  return "";
}

/// The reference in full: registries with host and tag, paths absolute.
struct FullText {
  const std::string& folder;
  std::string operator()(const RegistryRef& ref) const { return ref.to_string(); }
  std::string operator()(const OciLayoutRef& ref) const {
    return with_name("oci:" + from(folder, ref.directory), ref.tag, ref.digest);
  }
  std::string operator()(const OciArchiveRef& ref) const {
    return with_name("oci-archive:" + from(folder, ref.file), ref.tag, ref.digest);
  }
  std::string operator()(const DockerArchiveRef& ref) const {
    return with_name("docker-archive:" + from(folder, ref.file), ref.reference, ref.digest);
  }
  std::string operator()(const DockerDaemonRef& ref) const {
    const bool by_id = ref.reference.starts_with("sha256:");
    return with_name("docker-daemon:" + ref.reference, "", by_id ? std::nullopt : ref.digest);
  }
  std::string operator()(const PathRef& ref) const {
    return with_name(prefix_of(ref.kind) + from(folder, ref.path), "", ref.digest);
  }
};

std::optional<toml::Located<ImageRef>> written_image(const input::Estimator& estimator,
                                                     const input::Site& site,
                                                     toml::Report& report) {
  if (estimator.custom_docker_image) return estimator.custom_docker_image;
  if (estimator.custom_docker_base_image) return estimator.custom_docker_base_image;
  for (const auto* key : {"custom_docker_image", "custom_docker_base_image"}) {
    if (!estimator.misses(key)) return std::nullopt;  // what is wrong with it has been reported
  }

  const bool use_gpu = estimator.use_gpu && estimator.use_gpu->value;
  const auto& fallback = use_gpu ? site.gpu_image : site.cpu_image;
  if (fallback) return toml::Located<ImageRef>{*fallback, estimator.whole};
  report.error(use_gpu ? estimator.use_gpu->place : estimator.whole,
               fmt::format("no image is given, and the site file has no image for runs {} GPUs",
                           use_gpu ? "with" : "without"),
               "name one with custom_docker_image");
  return std::nullopt;
}

void check_allowed(const toml::Located<ImageRef>& image, const std::string& full_text,
                   const input::Site& site, toml::Report& report) {
  if (!site.limits.allowed_images) return;
  std::vector<std::string_view> patterns;
  for (const auto& pattern : site.limits.allowed_images->value) {
    patterns.push_back(pattern.value);
    if (::fnmatch(pattern.value.c_str(), full_text.c_str(), 0) == 0) return;
  }
  report.error(image.place,
               fmt::format("the site does not allow the image {} ({})", full_text,
                           where(site.limits.allowed_images->place)),
               fmt::format("allowed: {}", fmt::join(patterns, ", ")));
}

/// What only a container can have. Conda's packages belong here too: the host's own Python gets
/// only pip's.
constexpr std::string_view keys_of_images[] = {
    "custom_docker_image", "custom_docker_base_image", "image_registry_details",
    "conda_packages",      "conda_dependencies_file",  "conda_dependencies_file_path"};

void check_keys_on_host(const input::Estimator& estimator, toml::Report& report) {
  const auto& use_docker = estimator.use_docker->place;
  const auto beside = input::mention_written(estimator, keys_of_images, use_docker);
  if (!beside.empty()) {
    report.error(use_docker, fmt::format("use_docker is false, and stands beside {}", beside),
                 "remove these, or use_docker");
  }
  if (!estimator.inputs) return;
  for (const auto& input : estimator.inputs->value) {
    if (!input.path_on_compute) continue;
    report.error(input.path_on_compute->place,
                 fmt::format("path_on_compute needs a container, and use_docker ({}) is false",
                             input::mention(use_docker, input.path_on_compute->place)),
                 "leave it out: the script's variables say where the data is");
  }
}

}  // namespace

bool is_on_host(const input::Estimator& estimator) {
  return !(estimator.use_docker
               ? estimator.use_docker->value
               : input::default_of(input::estimator_keys(), &input::Estimator::use_docker));
}

void check_image_keys(const input::Estimator& estimator, toml::Report& report) {
  if (is_on_host(estimator)) check_keys_on_host(estimator, report);
  const auto& base = estimator.custom_docker_base_image;
  if (!base || !estimator.custom_docker_image) return;
  report.error(base->place,
               fmt::format("custom_docker_base_image stands beside custom_docker_image ({})",
                           input::mention(estimator.custom_docker_image->place, base->place)),
               "keep custom_docker_image");
}

std::optional<PlannedImage> choose_image(const input::Estimator& estimator, const input::Site& site,
                                         const Facts& facts, toml::Report& report) {
  if (is_on_host(estimator)) return NoImage{};
  const auto image = written_image(estimator, site, report);
  if (!image) return std::nullopt;
  const auto full_text =
      std::visit(FullText{start_of_paths(facts, image->place)}, image->value.source());
  check_allowed(*image, full_text, site, report);
  auto reference = ImageRef::parse(full_text);
  if (!reference) {
    report.error(image->place, reference.error().what, reference.error().hint);
    return std::nullopt;
  }
  if (const auto digest = reference->pinned()) return PinnedImage{*std::move(reference), *digest};
  return TaggedImage{*std::move(reference)};
}

}  // namespace chainer::plan
