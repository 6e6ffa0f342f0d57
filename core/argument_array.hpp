// Arguments in the form that execve and posix_spawn take.
#pragma once

#include <string>
#include <vector>

namespace chainer {

/// Points into `arguments`, ends with null. The C functions lack the const, but write nothing.
inline std::vector<char*> argument_array(const std::vector<std::string>& arguments) {
  std::vector<char*> array;
  array.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) array.push_back(const_cast<char*>(argument.c_str()));
  array.push_back(nullptr);
  return array;
}

}  // namespace chainer
