#include "core/gpu_report/gpu_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json/json_text.hpp"
#include "core/take_part.hpp"

namespace chainer {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename T>
std::optional<T> optional_in(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

Json json_of(const EccErrors& errors) {
  return {{"corrected", json_of(errors.corrected)}, {"uncorrected", json_of(errors.uncorrected)}};
}

EccErrors errors_in(const Json& value) {
  return {optional_in<std::uint64_t>(value.at("corrected")),
          optional_in<std::uint64_t>(value.at("uncorrected"))};
}

Json json_of(const MeasuredGpu& gpu) {
  auto copies = Json::array();
  for (const auto& [by, rate] : gpu.device_copies)
    copies.push_back({{"by", by}, {"bytes_per_s", rate}});
  return {{"index", gpu.index},
          {"name", gpu.name},
          {"uuid", gpu.uuid},
          {"pci_bus_id", gpu.pci_bus_id},
          {"compute_capability", gpu.compute_capability},
          {"memory_bytes", gpu.memory_bytes},
          {"ecc",
           {{"is_on", json_of(gpu.has_ecc)},
            {"since_driver_load", json_of(gpu.since_driver_load)},
            {"ever", json_of(gpu.ever)}}},
          {"stated_bytes_per_s", json_of(gpu.stated_bytes_per_s)},
          {"host_to_device_bytes_per_s", json_of(gpu.host_to_device_bytes_per_s)},
          {"device_to_host_bytes_per_s", json_of(gpu.device_to_host_bytes_per_s)},
          {"copy_buffer_bytes", gpu.copy_buffer_bytes},
          {"device_copies", copies},
          {"share_of_stated", json_of(gpu.share_of_stated())},
          {"launch_round_trip_us", json_of(gpu.launch_round_trip_us)},
          {"launch_interval_us", json_of(gpu.launch_interval_us)}};
}

MeasuredGpu gpu_in(const Json& value) {
  MeasuredGpu gpu;
  gpu.index = value.at("index").get<int>();
  gpu.name = value.at("name").get<std::string>();
  gpu.uuid = value.at("uuid").get<std::string>();
  gpu.pci_bus_id = value.at("pci_bus_id").get<std::string>();
  gpu.compute_capability = value.at("compute_capability").get<std::string>();
  gpu.memory_bytes = value.at("memory_bytes").get<std::uint64_t>();
  const auto& ecc = value.at("ecc");
  gpu.has_ecc = optional_in<bool>(ecc.at("is_on"));
  gpu.since_driver_load = errors_in(ecc.at("since_driver_load"));
  gpu.ever = errors_in(ecc.at("ever"));
  gpu.stated_bytes_per_s = optional_in<double>(value.at("stated_bytes_per_s"));
  gpu.host_to_device_bytes_per_s = optional_in<double>(value.at("host_to_device_bytes_per_s"));
  gpu.device_to_host_bytes_per_s = optional_in<double>(value.at("device_to_host_bytes_per_s"));
  gpu.copy_buffer_bytes = value.at("copy_buffer_bytes").get<std::uint64_t>();
  for (const auto& copy : value.at("device_copies"))
    gpu.device_copies.push_back(
        {copy.at("by").get<std::string>(), copy.at("bytes_per_s").get<double>()});
  gpu.launch_round_trip_us = optional_in<double>(value.at("launch_round_trip_us"));
  gpu.launch_interval_us = optional_in<double>(value.at("launch_interval_us"));
  return gpu;
}

GpuReport report_in(const Json& document) {
  GpuReport report{document.at("probe").get<std::string>(),
                   document.at("driver").get<std::string>(),
                   document.at("cuda_of_driver").get<std::string>(),
                   document.at("cuda_runtime").get<std::string>()};
  for (const auto& gpu : document.at("gpus")) report.gpus.push_back(gpu_in(gpu));
  for (const auto& peer : document.at("peers")) {
    report.peers.push_back({peer.at("from").get<int>(), peer.at("to").get<int>(),
                            optional_in<double>(peer.at("bytes_per_s"))});
  }
  for (const auto& problem : document.at("problems")) {
    report.problems.push_back(
        {problem.at("what").get<std::string>(), problem.at("next").get<std::string>()});
  }
  return report;
}

}  // namespace

std::optional<double> MeasuredGpu::share_of_stated() const {
  if (!stated_bytes_per_s || device_copies.empty()) return std::nullopt;
  return device_copies.front().bytes_per_s / *stated_bytes_per_s;
}

std::string gpu_report_json(const GpuReport& report) {
  auto gpus = Json::array();
  for (const auto& gpu : report.gpus) gpus.push_back(json_of(gpu));
  auto peers = Json::array();
  for (const auto& [from, to, rate] : report.peers)
    peers.push_back({{"from", from}, {"to", to}, {"bytes_per_s", json_of(rate)}});
  auto problems = Json::array();
  for (const auto& [what, next] : report.problems)
    problems.push_back({{"what", what}, {"next", next}});
  const Json document{{"probe", report.probe},
                      {"driver", report.driver},
                      {"cuda_of_driver", report.cuda_of_driver},
                      {"cuda_runtime", report.cuda_runtime},
                      {"gpus", gpus},
                      {"peers", peers},
                      {"problems", problems}};
  return json_line(document) + "\n";
}

Result<GpuReport> parse_gpu_report(std::string_view text) {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line.starts_with("{\"probe\":")) continue;
    try {
      return report_in(parse_ordered_json(line));
    } catch (const nlohmann::json::exception& wrong) {
      return Error{std::string("cannot read the GPU probe's report: ") + wrong.what(), "", 0,
                   Fault::defect};
    }
  }
  return Error{"the GPU probe wrote no report"};
}

}  // namespace chainer
