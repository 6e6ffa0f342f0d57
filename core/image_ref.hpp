// A reference to a container image as a person writes it, in containers-transports(5)'s grammar.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace chainer {

/// An image in a registry. The name is read as Docker reads it (distribution/reference): a first
/// component without a dot, a colon or "localhost" is not a host, and a bare name is
/// `library/NAME`.
struct RegistryRef {
  std::string host;        ///< with its port when one was given, `docker.io` when none was
  std::string repository;  ///< lower case, `library/` added for Docker's official images
  std::string tag;  ///< `latest` when neither a tag nor a digest was given, else may be empty
  std::optional<Digest> digest;

  /// Loopback registries may speak plain HTTP.
  bool is_loopback() const;
  /// `docker://HOST/REPOSITORY[:TAG][@DIGEST]`
  std::string to_string() const;
};

/// `oci:DIR[:TAG][@DIGEST]`: the digest wins over the tag, as in a registry's reference.
struct OciLayoutRef {
  std::string directory;
  std::string tag;
  std::optional<Digest> digest{};
};

/// `oci-archive:FILE[:TAG][@DIGEST]`
struct OciArchiveRef {
  std::string file;
  std::string tag;
  std::optional<Digest> digest{};
};

/// `docker-archive:FILE[:REF][@DIGEST]`. Here and below the digest is the image's id: that of its
/// configuration.
struct DockerArchiveRef {
  std::string file;
  std::string reference;
  std::optional<Digest> digest{};
};

/// `docker-daemon:REF[@DIGEST]`, or `docker-daemon:sha256:…` by the image's id.
struct DockerDaemonRef {
  std::string reference;
  std::optional<Digest> digest{};
};

/// `/path`, `./path` or `../path`: a SIF file, a squashfs file or a folder that holds a root file
/// system, told apart by content where it is opened. `sif:PATH`, `squashfs:PATH` and `dir:PATH` say
/// which it has to be. Each may end in `@DIGEST`.
struct PathRef {
  enum class Kind { any, sif, squashfs, folder };
  std::string path;
  Kind kind{Kind::any};
  std::optional<Digest> digest{};
};

class ImageRef {
 public:
  using Source = std::variant<RegistryRef, OciLayoutRef, OciArchiveRef, DockerArchiveRef,
                              DockerDaemonRef, PathRef>;

  /// Reads a reference. A password in it (`user:pw@host/…`) is refused, as is any control
  /// character.
  static Result<ImageRef> parse(std::string_view text);

  const Source& source() const { return source_; }
  /// As it was written.
  const std::string& text() const { return text_; }
  /// The digest that the reference is pinned to: a manifest's or index's, or an image's id.
  std::optional<Digest> pinned() const;

 private:
  ImageRef(std::string text, Source source) : text_(std::move(text)), source_(std::move(source)) {}
  std::string text_;
  Source source_;
};

}  // namespace chainer
