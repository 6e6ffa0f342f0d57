// The driver's library of management (NVML), for what CUDA does not tell.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/gpu_report/gpu_report.hpp"

namespace chainer::gpu_probe {

/// What the driver tells of one card; nothing where it does not.
struct DriverFacts {
  std::optional<bool> has_ecc{};
  EccErrors since_driver_load{}, ever{};
  /// Whether the card is divided (MIG), and a GPU of CUDA's is only a part of it.
  bool is_divided{false};
};

class DriverLibrary {
 public:
  /// Loads libnvidia-ml.so.1. Where it is not there, or does not start, nothing is told.
  DriverLibrary();
  ~DriverLibrary();
  DriverLibrary(const DriverLibrary&) = delete;
  DriverLibrary& operator=(const DriverLibrary&) = delete;

  /// Such as 580.95.05; empty where it does not say.
  std::string driver_version() const;
  DriverFacts facts_of(const std::string& pci_bus_id) const;

 private:
  struct Functions;
  std::unique_ptr<Functions> functions_;
};

}  // namespace chainer::gpu_probe
