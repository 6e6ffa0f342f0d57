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

  /// Loopback registries may be plain HTTP.
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

/// `docker-archive:FILE[:REF]`
struct DockerArchiveRef {
  std::string file;
  std::string reference;
};

/// `docker-daemon:REF`
struct DockerDaemonRef {
  std::string reference;
};

/// `/path` or `./path`: SIF, squashfs or directory, told apart by content where it is opened.
struct PathRef {
  std::string path;
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
  /// The digest of the manifest or index that the reference is pinned to.
  std::optional<Digest> pinned() const;
  /// Whether `@DIGEST` may follow: a registry's reference, an OCI layout or archive.
  bool can_be_pinned() const;

 private:
  ImageRef(std::string text, Source source) : text_(std::move(text)), source_(std::move(source)) {}
  std::string text_;
  Source source_;
};

}  // namespace chainer
