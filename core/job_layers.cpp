#include "core/job_layers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/characters.hpp"
#include "core/folder_names.hpp"
#include "core/take_part.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr std::string_view layer_record_version = "1";
constexpr std::size_t longest_layer_name = 64;
constexpr std::size_t most_of_a_reference = 1024;  // of a text that people only read

std::optional<std::uint32_t> as_32_bits(std::optional<std::uint64_t> number) {
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

bool is_layer_name(std::string_view name) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
  };
  return !name.empty() && name.size() <= longest_layer_name && name[0] != '.' &&
         std::ranges::all_of(name, fits);
}

std::string JobLayer::record() const {
  std::string text(layer_record_version);
  for (const std::uint64_t value :
       {std::uint64_t{user}, std::uint64_t{restart_count}, mounted_device})
    text += " " + std::to_string(value);
  return text + "\n" + name + "\n" + image + "\n" + reference.substr(0, most_of_a_reference) + "\n";
}

std::optional<JobLayer> JobLayer::parse(unsigned number, std::string_view record) {
  auto line = take_line(record);
  if (take_part(line, ' ') != layer_record_version) return std::nullopt;
  const auto user = as_32_bits(number_of(take_part(line, ' ')));
  const auto restart_count = as_32_bits(number_of(take_part(line, ' ')));
  const auto device = number_of(take_part(line, ' '));
  const auto name = take_line(record);
  const auto image = take_line(record);
  const auto reference = take_line(record);
  if (!user || !restart_count || !device || !line.empty() || !is_layer_name(name) ||
      image.empty() || !record.empty())
    return std::nullopt;
  return JobLayer{number,
                  *user,
                  *restart_count,
                  *device,
                  std::string(name),
                  std::string(image),
                  std::string(reference)};
}

std::string layers_folder(const std::string& run_dir) { return run_dir + "/layers"; }

std::string layers_folder(const std::string& run_dir, std::uint32_t job) {
  return layers_folder(run_dir) + "/" + std::to_string(job);
}

std::string promise_file(const std::string& run_dir) { return run_dir + "/epilog.lock"; }

std::vector<JobLayer> layers_in(const KeptMounts& places) {
  std::vector<JobLayer> layers;
  for (const auto& record : places.records()) {
    if (auto layer = JobLayer::parse(record.number, record.text))
      layers.push_back(*std::move(layer));
  }
  return layers;
}

std::vector<std::uint32_t> jobs_with_layers(const std::string& run_dir) {
  const auto path = layers_folder(run_dir);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const auto names = folder ? names_in(folder.get()) : Result(std::vector<std::string>());
  std::vector<std::uint32_t> jobs;
  if (!names) return jobs;
  for (const auto& name : *names) {
    if (const auto job = as_32_bits(number_of(name))) jobs.push_back(*job);
  }
  std::ranges::sort(jobs);
  return jobs;
}

Result<void> remove_layers(const std::string& run_dir, std::uint32_t job) {
  const auto path = layers_folder(run_dir, job);
  TRY_ASSIGN(const auto places, KeptMounts::existing(path));
  if (!places) return {};
  places->remove_all();
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  return Error::from_errno("cannot remove " + path, errno);
}

}  // namespace chainer
