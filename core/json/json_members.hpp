// JSON from and to strangers: never throws, never trusts a type.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace chainer {

/// What is wrong with a document that somebody's tool wrote: "DOCUMENT is broken: WHY".
struct BrokenDocument {
  const char* document;
  const char* next;  ///< what its owner can do
  Error operator()(std::string_view why) const;
};

/// Parses an object; `what` names the text in the error ("the manifest").
Result<nlohmann::json> parse_json_object(std::string_view text, std::string_view what);

/// The first of `names` that `object` has; empty when it has none. A document that is read as one
/// kind must not have members of another kind.
std::string first_member_of(const nlohmann::json& object, std::initializer_list<const char*> names);

/// A member's value, empty when it is missing or of another type.
std::string string_member(const nlohmann::json& object, const char* name);
std::optional<std::uint64_t> number_member(const nlohmann::json& object, const char* name);
/// A member that is an array or an object; an empty one of that kind when it is missing.
const nlohmann::json& array_member(const nlohmann::json& object, const char* name);
const nlohmann::json& object_member(const nlohmann::json& object, const char* name);

}  // namespace chainer
