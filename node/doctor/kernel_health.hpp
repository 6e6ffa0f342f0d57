// What the kernel of a node must have for containers.
#pragma once

#include <string>

#include "core/health.hpp"

namespace chainer::doctor {

struct KernelFacts {
  std::string release;        ///< as uname gives it
  bool has_squashfs{false};   ///< built in, loaded, or a module that the first mount loads
  bool has_overlay{false};    ///< likewise
  std::string loop_failure;   ///< why no loop device can be had; empty where one can
  bool is_loop_tried{false};  ///< root alone may try; others see whether the device is there
  bool has_openat2{false};
  bool has_mount_api{false};         ///< fsopen, open_tree and mount_setattr
  unsigned long user_namespaces{0};  ///< how many there may be; 0: none
};

KernelFacts look_at_kernel();
HealthFindings check_kernel(const KernelFacts& kernel);

}  // namespace chainer::doctor
