#include "node/topology/job_gpus.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/name_list.hpp"
#include "core/text_file.hpp"
#include "core/trimmed.hpp"
#include "node/topology/cpu_set.hpp"

namespace chainer::topology {
namespace {

/// The number behind "Device Minor:" in the driver's words about a GPU.
std::optional<unsigned> device_minor(const std::string& said) {
  constexpr std::string_view title = "Device Minor:";
  const auto at = said.find(title);
  if (at == said.npos) return std::nullopt;
  auto rest = std::string_view(said).substr(at + title.size());
  rest = trimmed(rest.substr(0, rest.find('\n')));
  unsigned number = 0;
  const auto* end = rest.data() + rest.size();
  if (const auto [to, failure] = std::from_chars(rest.data(), end, number);
      failure != std::errc() || to != end)
    return std::nullopt;
  return number;
}

const Gpu* gpu_numbered(const std::vector<Gpu>& all, unsigned number,
                        const std::map<std::string, unsigned>& numbers) {
  if (numbers.empty()) return number < all.size() ? &all[number] : nullptr;
  for (const auto& gpu : all) {
    const auto known = numbers.find(gpu.place);
    if (known != numbers.end() && known->second == number) return &gpu;
  }
  return nullptr;
}

}  // namespace

std::map<std::string, unsigned> device_numbers(const std::string& folder) {
  std::map<std::string, unsigned> numbers;
  std::error_code unreadable;
  for (const auto& gpu : std::filesystem::directory_iterator(folder, unreadable)) {
    constexpr std::size_t enough = 64 * 1024;
    const auto said = read_file(gpu.path() / "information", enough);
    const auto number = said ? device_minor(*said) : std::nullopt;
    if (number) numbers.emplace(gpu.path().filename().string(), *number);
  }
  return numbers;
}

std::vector<Gpu> gpus_of_job(const std::vector<Gpu>& all, const std::string& slurms_list,
                             const std::map<std::string, unsigned>& numbers) {
  std::vector<Gpu> gpus;
  const auto asked = CpuSet::parse_list(slurms_list);  // numbers and ranges, too
  if (!asked) return gpus;
  for (const auto number : *asked) {
    const auto* gpu = gpu_numbered(all, number, numbers);
    gpus.push_back(gpu == nullptr ? Gpu{} : *gpu);
  }
  // CUDA numbers the GPUs that it sees by their places.
  std::ranges::stable_sort(gpus, {}, &Gpu::place);
  return gpus;
}

Result<std::vector<Gpu>> first_gpus(const std::vector<Gpu>& all, std::size_t count) {
  if (count > all.size()) {
    return Error{
        "the machine has " + std::to_string(all.size()) + " GPUs, not " + std::to_string(count),
        "give --gpus up to as many as there are", 0, Fault::user};
  }
  return std::vector<Gpu>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace chainer::topology
