// The programs that read Python files, as they were when this was built. Python runs them isolated
// from the caller's folder and settings.
#pragma once

#include <string_view>

namespace chainer::draft {

extern const std::string_view read_call_program;     ///< read_call.py
extern const std::string_view read_imports_program;  ///< read_imports.py

}  // namespace chainer::draft
