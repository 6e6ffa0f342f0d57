// What the preparation of a step on a node amounted to: the line about it in the node's log.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/digest.hpp"
#include "core/preparation_work.hpp"
#include "core/result.hpp"
#include "spank_plugin/step.hpp"

namespace chainer {

/// An entry of the store that a step uses.
struct UsedEntry {
  enum class Origin { store, helpers };
  Digest key;
  Origin origin{Origin::store};  ///< whether it was there, or was made for this step
  PreparationWork work{};        ///< of the helpers
};

struct PreparationRecord {
  std::string reference{};  ///< of the image, as it was written; empty without an image
  std::optional<UsedEntry> image{};
  std::optional<UsedEntry> environment{};
  std::optional<Error> failure{};
  std::chrono::milliseconds took{};

  /// Whether all that was asked for was there already.
  bool is_warm() const;

  /// One printable line. What a user wrote stands at its end and in quotes, so that no text passes
  /// for another field.
  std::string line(const Step& step) const;

  /// What a person's programs read of a preparation that went well: a JSON object on each line, one
  /// for each phase of the image and of the environment, and a last one for all of it.
  std::string json_lines(const Step& step) const;
};

}  // namespace chainer
