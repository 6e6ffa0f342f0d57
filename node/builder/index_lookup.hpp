// Whether the package index has what requirements ask for, asked on a login node.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/builder/image_exec.hpp"
#include "node/builder/variables.hpp"

namespace chainer::builder {

struct UnmetRequirement {
  std::string requirement;  ///< as it was asked for; empty where only all of them together fail
  std::string reason;       ///< uv's: "there is no version of numpy==99.1"
};

/// Asks uv about requirements alone, not about their dependencies, whose versions only the image's
/// Python can settle. The indexes are those of pip's own configuration.
class IndexLookup {
 public:
  /// `uv` is a path on this host, where `host` runs programs; `scratch` a folder for files.
  IndexLookup(ImageExec& host, std::string uv, std::string scratch, const Variables& job);

  /// What the index does not have. An error means that this could not be found out: the index does
  /// not answer, or uv is missing.
  Result<std::vector<UnmetRequirement>> unmet(std::vector<std::string> requirements);

 private:
  /// Why these cannot be met; empty when they can.
  Result<std::string> refusal_of(const std::vector<std::string>& requirements);
  Result<std::vector<std::string>> alone_to_blame(const std::vector<std::string>& requirements,
                                                  const std::string& reason,
                                                  std::vector<UnmetRequirement>& found);

  ImageExec& host_;
  std::string uv_, scratch_;
  std::vector<std::string> environment_;
  bool no_index_;
};

/// The same for the lines of `file`, with the programs in the folder `tools`.
Result<std::vector<UnmetRequirement>> look_requirements_up(const std::string& file,
                                                           const std::string& tools,
                                                           const std::string& scratch,
                                                           const Variables& job);

}  // namespace chainer::builder
