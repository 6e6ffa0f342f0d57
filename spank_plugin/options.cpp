#include "spank_plugin/options.hpp"

#include <algorithm>
#include <utility>

#include "core/byte_size.hpp"
#include "core/image_ref.hpp"
#include "spank_plugin/mount_spec.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_mounts = 64 * 1024;
constexpr std::ptrdiff_t most_mounts = 256;

Error user_error(std::string what, std::string hint) {
  return {std::move(what), std::move(hint), 0, Fault::user};
}

Result<void> check_image(std::string_view value) {
  auto ref = ImageRef::parse(value);
  if (!ref) return std::move(ref).error();
  return {};
}

Result<void> check_size(std::string_view value) {
  auto size = ByteSize::parse(value);
  if (!size) return std::move(size).error();
  return {};
}

/// A user writes the list and root reads it: both have an end.
Result<void> check_length_of_mounts(std::string_view value) {
  if (value.size() > longest_mounts) {
    return user_error("the mounts are more than " + std::to_string(longest_mounts) + " bytes long",
                      "mount a folder above them instead");
  }
  const auto lines = std::ranges::count(value, '\n') + 1;
  return check_number_of_mounts(static_cast<std::size_t>(lines));
}

Result<void> check_mounts(std::string_view value) {
  if (auto checked = check_length_of_mounts(value); !checked) return checked;
  while (!value.empty()) {
    const auto end = value.find('\n');
    auto specs = MountSpec::parse_list(value.substr(0, end));
    if (!specs) return std::move(specs).error();
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  return {};
}

Result<void> check_workdir(std::string_view value) {
  if (value.starts_with('/')) return {};
  return user_error("'" + std::string(value) + "' is not an absolute path",
                    "the working directory is a path inside the container, from /");
}

Result<void> check_runtime(std::string_view value) {
  if (value == "native") return {};
  for (const std::string_view later : {"apptainer", "singularity", "docker", "podman"}) {
    if (value == later) {
      return user_error("the runtime '" + std::string(value) + "' is not supported in this version",
                        "leave --chainer-runtime out, or say native");
    }
  }
  return user_error("'" + std::string(value) + "' is not a runtime", "say native");
}

bool is_variable_name(std::string_view name) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, word);
}

Result<void> check_names(std::string_view value) {
  while (true) {
    const auto comma = value.find(',');
    const auto name = value.substr(0, comma);
    if (!is_variable_name(name)) {
      return user_error("'" + std::string(name) + "' is not the name of a variable",
                        "write names of environment variables, with commas between them");
    }
    if (comma == std::string_view::npos) return {};
    value.remove_prefix(comma + 1);
  }
}

Result<void> check_file(std::string_view value) {
  if (!value.empty()) return {};
  return user_error("the file name is empty", "");
}

Result<void> check_flag(std::string_view) { return {}; }

}  // namespace

const std::array<OptionSpec, option_count> option_specs{{
    {Option::image, "chainer-image", "REF",
     "run the tasks inside this container image: a registry reference, oci:DIR[:TAG], "
     "oci-archive:FILE, docker-archive:FILE",
     "CHAINER_SUBMIT_IMAGE", Needs::nothing, check_image},
    {Option::env, "chainer-env", "FILE",
     "give the tasks this Python environment, from a requirements.txt or a lock that chainer-node "
     "wrote",
     "CHAINER_SUBMIT_ENV", Needs::image, check_file},
    {Option::shm_size, "chainer-shm-size", "SIZE",
     "give the step a private /dev/shm of this size on every node, such as 512m or 16g",
     "CHAINER_SUBMIT_SHM_SIZE", Needs::nothing, check_size},
    {Option::mount, "chainer-mount", "SRC[:DST]",
     "show the host's SRC as DST inside the container; add :ro to forbid writing; tmpfs:DST is an "
     "empty folder in memory; several with commas between them, and the option may be repeated",
     "CHAINER_SUBMIT_MOUNT", Needs::image, check_mounts},
    {Option::workdir, "chainer-workdir", "DIR",
     "start the tasks in this directory of the container", "CHAINER_SUBMIT_WORKDIR", Needs::image,
     check_workdir},
    {Option::runtime, "chainer-runtime", "NAME",
     "start containers with this runtime; native is the default", "CHAINER_SUBMIT_RUNTIME",
     Needs::image, check_runtime},
    {Option::writable, "chainer-writable", nullptr,
     "let the tasks write into the container; what they write is in memory and gone with the step; "
     "needs Linux 6.2",
     "CHAINER_SUBMIT_WRITABLE", Needs::image, check_flag},
    {Option::keep, "chainer-keep", "NAMES",
     "keep the job's value of these variables where the image sets its own, commas between them",
     "CHAINER_SUBMIT_KEEP", Needs::image, check_names},
    {Option::auth, "chainer-auth", "FILE",
     "log in to the registry with this file, in the form of docker's auth.json",
     "CHAINER_SUBMIT_AUTH", Needs::image, check_file},
    {Option::batch, "chainer-batch", nullptr,
     "put the batch script itself inside the container too, not only the steps that it starts",
     "CHAINER_SUBMIT_BATCH", Needs::image_or_size, check_flag},
    {Option::prepare, "chainer-prepare", nullptr,
     "prepare image and environment on every node, then run the command on the host",
     "CHAINER_SUBMIT_PREPARE", Needs::image, check_flag},
    {Option::off, "chainer-off", nullptr,
     "ignore every other --chainer option, also inherited ones", "CHAINER_SUBMIT_OFF",
     Needs::nothing, check_flag},
}};

Result<void> check_number_of_mounts(std::size_t number) {
  if (std::cmp_less_equal(number, most_mounts)) return {};
  return user_error("more than " + std::to_string(most_mounts) + " mounts",
                    "mount a folder above them instead");
}

void RawOptions::set(Option option, std::string value, Origin origin) {
  if (option == Option::mount) add_mounts(value);
  put(option, std::move(value), origin);
}

void RawOptions::put(Option option, std::string value, Origin origin) {
  values_[static_cast<std::size_t>(option)] = std::move(value);
  origins_[static_cast<std::size_t>(option)] = origin;
  is_empty_ = false;
}

void RawOptions::add_mounts(std::string_view lines) {
  // What is too long is refused as the option's value; here it would only cost time.
  if (!check_length_of_mounts(lines)) return;
  while (!lines.empty() && std::cmp_less(mounts_.size(), most_mounts + 1)) {
    const auto end = lines.find('\n');
    const std::string line(lines.substr(0, end));
    if (!line.empty() && std::ranges::find(mounts_, line) == mounts_.end()) mounts_.push_back(line);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

void RawOptions::add_mounts_before(std::string_view lines) {
  const auto later = std::exchange(mounts_, {});
  add_mounts(lines);
  for (const auto& mount : later) add_mounts(mount);
}

}  // namespace chainer
