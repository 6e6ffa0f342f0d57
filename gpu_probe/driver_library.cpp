#include "gpu_probe/driver_library.hpp"

#include <dlfcn.h>

#include <array>

namespace chainer::gpu_probe {
namespace {

// NVML's binary interface, of which only these few functions are needed: nvml.h is not part of every
// toolkit. NVIDIA keeps old functions when it adds new ones.
using Answer = int;
constexpr Answer success = 0;
using Device = void*;
constexpr unsigned enabled = 1;
constexpr int corrected = 0, uncorrected = 1;   // kinds of errors
constexpr int since_driver_load = 0, ever = 1;  // since when they are counted

}  // namespace

struct DriverLibrary::Functions {
  void* library{::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)};
  Answer (*init)(){find<Answer()>("nvmlInit_v2")};
  Answer (*shutdown)(){find<Answer()>("nvmlShutdown")};
  Answer (*driver_version)(char*,
                           unsigned){find<Answer(char*, unsigned)>("nvmlSystemGetDriverVersion")};
  Answer (*device)(const char*,
                   Device*){find<Answer(const char*, Device*)>("nvmlDeviceGetHandleByPciBusId_v2")};
  Answer (*ecc_mode)(Device, unsigned*,
                     unsigned*){find<Answer(Device, unsigned*, unsigned*)>("nvmlDeviceGetEccMode")};
  Answer (*mig_mode)(Device, unsigned*,
                     unsigned*){find<Answer(Device, unsigned*, unsigned*)>("nvmlDeviceGetMigMode")};
  Answer (*ecc_errors)(Device, int, int, unsigned long long*){
      find<Answer(Device, int, int, unsigned long long*)>("nvmlDeviceGetTotalEccErrors")};

  bool are_all_there() const {
    return init && shutdown && driver_version && device && ecc_mode && mig_mode && ecc_errors;
  }

 private:
  template <typename Function>
  Function* find(const char* name) const {
    return library ? reinterpret_cast<Function*>(::dlsym(library, name)) : nullptr;
  }
};

DriverLibrary::DriverLibrary() : functions_(std::make_unique<Functions>()) {
  if (!functions_->are_all_there() || functions_->init() != success) functions_.reset();
}

DriverLibrary::~DriverLibrary() {
  if (functions_) functions_->shutdown();
}

std::string DriverLibrary::driver_version() const {
  std::array<char, 96> text{};
  const bool is_told =
      functions_ && functions_->driver_version(text.data(), text.size()) == success;
  return is_told ? text.data() : "";
}

DriverFacts DriverLibrary::facts_of(const std::string& pci_bus_id) const {
  DriverFacts facts;
  Device device = nullptr;
  if (!functions_ || functions_->device(pci_bus_id.c_str(), &device) != success) return facts;
  unsigned current = 0, after_restart = 0;
  if (functions_->ecc_mode(device, &current, &after_restart) == success)
    facts.has_ecc = current == enabled;
  if (functions_->mig_mode(device, &current, &after_restart) == success)
    facts.is_divided = current == enabled;
  const auto errors = [&](int kind, int since) -> std::optional<std::uint64_t> {
    unsigned long long number = 0;
    if (functions_->ecc_errors(device, kind, since, &number) != success) return std::nullopt;
    return number;
  };
  facts.since_driver_load = {errors(corrected, since_driver_load),
                             errors(uncorrected, since_driver_load)};
  facts.ever = {errors(corrected, ever), errors(uncorrected, ever)};
  return facts;
}

}  // namespace chainer::gpu_probe
