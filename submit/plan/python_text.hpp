// How Python prints a value: scripts were written for str() of what a person had in Python.
#pragma once

#include <string>

namespace chainer::plan {

/// str(float): the shortest digits that read back equal, as `0.1`, `1e-05`, `1e+16`, `inf`, `nan`.
std::string python_float(double value);

}  // namespace chainer::plan
