// Where chainer-node finds the pipes that the plugin made for the two sides.
#pragma once

namespace chainer::commands {

inline constexpr int data_fd = 3;
inline constexpr int control_fd = 4;
inline constexpr int verdict_fd = 5;
inline constexpr int inside_fd = 6;  ///< the user's side of an environment: chainer-inside's socket

}  // namespace chainer::commands
