#include "core/json/json_text.hpp"

namespace chainer {
namespace {

constexpr int compact = -1;
constexpr bool escape_all_but_ascii = true;
constexpr bool throw_errors = true;

template <typename Json>
Json parse(std::string_view text) {
  bool is_too_deep = false;
  const auto look = [&](int depth, typename Json::parse_event_t, Json&) {
    is_too_deep |= depth > deepest_json;
    return depth <= deepest_json;
  };
  auto json = Json::parse(text, look, !throw_errors);
  if (is_too_deep) return Json(Json::value_t::discarded);
  return json;
}

template <typename Json>
std::string written(const Json& json, int indent) {
  return json.dump(indent, ' ', !escape_all_but_ascii, Json::error_handler_t::replace);
}

}  // namespace

nlohmann::json parse_json(std::string_view text) { return parse<nlohmann::json>(text); }

nlohmann::ordered_json parse_ordered_json(std::string_view text) {
  return parse<nlohmann::ordered_json>(text);
}

std::string json_line(const nlohmann::json& json) { return written(json, compact); }
std::string json_line(const nlohmann::ordered_json& json) { return written(json, compact); }
std::string json_page(const nlohmann::ordered_json& json) { return written(json, 2) + "\n"; }

bool is_json_text(const std::string& bytes) {
  // The library's own check, which throws for text that JSON cannot hold.
  try {
    static_cast<void>(nlohmann::json(bytes).dump());
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace chainer
