// What the GPU probe says of a machine's GPUs, as JSON and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace chainer {

/// Errors of a card's memory; nothing where the card does not count them.
struct EccErrors {
  std::optional<std::uint64_t> corrected{}, uncorrected{};
  friend bool operator==(const EccErrors&, const EccErrors&) = default;
};

/// A way to copy within a card's memory, and how fast it was: bytes read and bytes written.
struct CopyRate {
  std::string by;  ///< "cudaMemcpy", or which of the probe's kernels
  double bytes_per_s{0};
  friend bool operator==(const CopyRate&, const CopyRate&) = default;
};

/// What was not measured, because the card cannot tell or something failed before, is nothing.
struct MeasuredGpu {
  int index{0};  ///< as CUDA counts the GPUs of the process
  std::string name, uuid, pci_bus_id, compute_capability;
  std::uint64_t memory_bytes{0};
  std::optional<bool> has_ecc{};
  EccErrors since_driver_load{}, ever{};
  std::optional<double> stated_bytes_per_s{};  ///< of its memory: clock x width of the bus
  std::optional<double> host_to_device_bytes_per_s{}, device_to_host_bytes_per_s{};
  std::uint64_t copy_buffer_bytes{0};            ///< of each of the two buffers of a device copy
  std::vector<CopyRate> device_copies{};         ///< the fastest first
  std::optional<double> launch_round_trip_us{};  ///< an empty kernel, and the wait for its end
  std::optional<double> launch_interval_us{};    ///< an empty kernel among many that are queued
  friend bool operator==(const MeasuredGpu&, const MeasuredGpu&) = default;

  /// The fastest copy over what the card states; nothing where one of them is not known.
  std::optional<double> share_of_stated() const;
};

/// A copy from one card's memory into another's, without the host's memory between them.
struct PeerRate {
  int from{0}, to{0};
  std::optional<double> bytes_per_s{};  ///< nothing: the two cannot reach each other
  friend bool operator==(const PeerRate&, const PeerRate&) = default;
};

/// What kept the probe from measuring, or must not be: "uncorrected errors in …".
struct GpuProblem {
  std::string what, next;
  friend bool operator==(const GpuProblem&, const GpuProblem&) = default;
};

struct GpuReport {
  std::string probe;           ///< its version
  std::string driver{};        ///< such as 580.95.05; empty: the driver does not say
  std::string cuda_of_driver;  ///< the newest CUDA that the driver can do, such as 13.0; or empty
  std::string cuda_runtime;    ///< the CUDA that the probe was built with
  std::vector<MeasuredGpu> gpus{};
  std::vector<PeerRate> peers{};
  std::vector<GpuProblem> problems{};
  friend bool operator==(const GpuReport&, const GpuReport&) = default;
};

/// The report as JSON in one line, with its end. Whatever is nothing is null.
std::string gpu_report_json(const GpuReport& report);

/// Reads the report in the first line of `text` that is one: programs around the probe may have
/// said something too.
Result<GpuReport> parse_gpu_report(std::string_view text);

}  // namespace chainer
