// Writes a tar stream, with libarchive: ustar, and pax where a name or a number needs it. The same
// entries give the same bytes.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "node/archive/tar_reader.hpp"

namespace chainer::archive {

using Sink = std::function<Result<void>(std::string_view bytes)>;

class TarWriter {
 public:
  /// `sink` must outlive the writer.
  static Result<TarWriter> start(const Sink& sink);
  TarWriter(TarWriter&&) noexcept;
  TarWriter& operator=(TarWriter&&) = delete;
  ~TarWriter();

  /// Starts the next entry. `append` then gives the `size` bytes of a regular file; what is not
  /// given is zeros.
  Result<void> add(const TarEntry& entry);
  Result<void> append(std::string_view bytes);
  Result<void> finish();

 private:
  struct State;
  explicit TarWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace chainer::archive
