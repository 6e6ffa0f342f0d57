// A Docker engine on this machine, or podman's service in its place, over its socket (Docker Engine
// API). Whoever may use the socket may use its images: it is opened as the user.
#pragma once

#include <string>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"

namespace chainer::source {

class DockerEngine {
 public:
  /// At $DOCKER_HOST, which must be unix://PATH, else at /run/docker.sock or
  /// $XDG_RUNTIME_DIR/docker.sock.
  static Result<DockerEngine> find();

  /// The id that the engine has for an image of this name. The user's fault when it has none.
  Result<Digest> image_id(const std::string& name) const;
  /// The image as docker save writes it, in a file without a name in $TMPDIR or /var/tmp.
  Result<UniqueFd> save(const std::string& name) const;

 private:
  explicit DockerEngine(std::string socket) : socket_(std::move(socket)) {}
  Error refusal(long status, const std::string& body, const std::string& name) const;

  std::string socket_;
};

}  // namespace chainer::source
