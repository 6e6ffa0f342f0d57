#include "core/json/json_members.hpp"

#include "core/json/json_text.hpp"

namespace chainer {

Error BrokenDocument::operator()(std::string_view why) const {
  return {std::string(document) + " is broken: " + std::string(why), next, 0, Fault::user};
}

Result<nlohmann::json> parse_json_object(std::string_view text, std::string_view what) {
  auto parsed = parse_json(text);
  if (parsed.is_discarded() || !parsed.is_object()) {
    return Error{std::string(what) + " is not a JSON object", "", 0, Fault::user};
  }
  return parsed;
}

std::string first_member_of(const nlohmann::json& object,
                            std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (object.contains(name)) return name;
  }
  return {};
}

std::string string_member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_unsigned()) return std::nullopt;
  return member->get<std::uint64_t>();
}

const nlohmann::json& array_member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json none = nlohmann::json::array();
  if (!object.is_object()) return none;
  const auto member = object.find(name);
  return member != object.end() && member->is_array() ? *member : none;
}

const nlohmann::json& object_member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json none = nlohmann::json::object();
  if (!object.is_object()) return none;
  const auto member = object.find(name);
  return member != object.end() && member->is_object() ? *member : none;
}

}  // namespace chainer
