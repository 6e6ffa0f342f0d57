// Programs run inside the image, for a user's side that is outside of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/builder/chainer_inside/exec_protocol.hpp"

namespace chainer::builder {

/// How a program ended and what it wrote.
struct ProgramOutput {
  int wait_status{0};  ///< as waitpid(2) gives it
  std::string out;
  std::string err;  ///< the last 64 KiB

  bool succeeded() const { return wait_status == 0; }
  /// "ended with exit code 2", "was killed by signal 9 (Killed)"
  std::string ending() const;
};

/// The client of chainer-inside.
class ImageExec {
 public:
  /// Waits for the greeting. The socket stays the caller's.
  static Result<ImageExec> open(int socket);

  /// NAME=VALUE from the image's own configuration, in its order.
  const std::vector<std::string>& image_environment() const { return image_environment_; }

  /// Called about every second while a program runs, with what it has written to stderr so far.
  using OnTick = std::function<void(std::string_view err)>;

  /// Runs `request.argv`, an absolute path first, with exactly `request.environment`. An error
  /// means that it could not be started (its errno is kept), wrote more than 64 MiB to stdout, or
  /// that chainer-inside is gone.
  Result<ProgramOutput> run(const exec_protocol::Request& request, const OnTick& on_tick);

 private:
  ImageExec(int socket, std::vector<std::string> image_environment)
      : socket_(socket), image_environment_(std::move(image_environment)) {}
  int socket_;
  std::vector<std::string> image_environment_;
};

}  // namespace chainer::builder
