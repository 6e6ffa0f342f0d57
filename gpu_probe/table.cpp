#include "gpu_probe/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/printable.hpp"

namespace chainer::gpu_probe {
namespace {

constexpr double giga = 1e9;
constexpr double gibi = 1 << 30;

std::string number(std::optional<std::uint64_t> value) {
  return value ? std::to_string(*value) : "not told";
}

std::string row(std::string_view name, const std::string& value, std::string_view behind = {}) {
  return fmt::format("  {:<16} {:>12}{}{}\n", name, value, behind.empty() ? "" : "   ", behind);
}

std::string rate(std::optional<double> bytes_per_s) {
  return bytes_per_s ? fmt::format("{:.1f} GB/s", *bytes_per_s / giga) : "-";
}

std::string time(std::optional<double> us) { return us ? fmt::format("{:.2f} us", *us) : "-"; }

std::string errors(const EccErrors& counted) {
  return fmt::format("{} uncorrected, {} corrected", number(counted.uncorrected),
                     number(counted.corrected));
}

std::string memory_lines(const MeasuredGpu& gpu) {
  if (!gpu.has_ecc) return row("ECC", "not told");
  if (!*gpu.has_ecc) return row("ECC", "off");
  const bool is_ever_told = gpu.ever.uncorrected || gpu.ever.corrected;
  return row("ECC", "on",
             "errors since the driver was loaded: " + errors(gpu.since_driver_load) +
                 (is_ever_told ? "; ever: " + errors(gpu.ever) : ""));
}

std::string copy_lines(const MeasuredGpu& gpu) {
  if (gpu.device_copies.empty()) return row("device copy", "-");
  std::string text;
  for (const auto& [by, bytes_per_s] : gpu.device_copies) {
    const auto share =
        gpu.stated_bytes_per_s
            ? fmt::format("{:.1f} % of {}, ", 100 * bytes_per_s / *gpu.stated_bytes_per_s,
                          rate(gpu.stated_bytes_per_s))
            : "";
    text += row(text.empty() ? "device copy" : "", rate(bytes_per_s), share + "by " + by);
  }
  return text;
}

std::string block_of(const MeasuredGpu& gpu) {
  return fmt::format("\nGPU {}: {}, {:.1f} GiB, compute capability {}\n", gpu.index,
                     printable(gpu.name), static_cast<double>(gpu.memory_bytes) / gibi,
                     gpu.compute_capability) +
         fmt::format("  {}, PCI {}\n", gpu.uuid, gpu.pci_bus_id) + memory_lines(gpu) +
         row("host to device", rate(gpu.host_to_device_bytes_per_s)) +
         row("device to host", rate(gpu.device_to_host_bytes_per_s)) + copy_lines(gpu) +
         row("kernel launch", time(gpu.launch_round_trip_us), "with the wait for its end") +
         row("", time(gpu.launch_interval_us), "each of many in a queue");
}

std::string cell(const GpuReport& report, int from, int to) {
  const auto is_this = [&](const PeerRate& one) { return one.from == from && one.to == to; };
  const auto found = std::ranges::find_if(report.peers, is_this);
  if (found == report.peers.end()) return from == to ? "." : "?";
  return found->bytes_per_s ? fmt::format("{:.1f}", *found->bytes_per_s / giga) : "-";
}

std::string square_of_peers(const GpuReport& report) {
  if (report.peers.empty()) return "";
  std::string text =
      "\nfrom a GPU (row) to another (column), in GB/s; -: by way of the host alone\n";
  text += fmt::format("  {:>6}", "");
  for (const auto& gpu : report.gpus) text += fmt::format("{:>8}", gpu.index);
  text += "\n";
  for (const auto& from : report.gpus) {
    text += fmt::format("  {:>6}", from.index);
    for (const auto& to : report.gpus)
      text += fmt::format("{:>8}", cell(report, from.index, to.index));
    text += "\n";
  }
  return text;
}

}  // namespace

std::string table_of(const GpuReport& report) {
  auto text =
      fmt::format("chainer-gpu-probe {}: driver {} (CUDA {}), CUDA runtime {}\n", report.probe,
                  report.driver.empty() ? "of unknown version" : report.driver,
                  report.cuda_of_driver, report.cuda_runtime);
  for (const auto& gpu : report.gpus) text += block_of(gpu);
  text += square_of_peers(report);
  for (const auto& [what, next] : report.problems)
    text += fmt::format("\nproblem: {}\n  next:  {}\n", printable(what), printable(next));
  return text;
}

}  // namespace chainer::gpu_probe
