#include "submit/plan/plan_json.hpp"

#include <fmt/format.h>

#include "core/json/json_text.hpp"
#include "submit/plan/plan_members.hpp"

namespace chainer::plan {
namespace {

using Json = nlohmann::ordered_json;

/// A path may hold bytes that are not text: then it becomes an object with all of them in
/// hexadecimal digits.
Json written(const std::string& bytes) {
  if (is_json_text(bytes)) return bytes;
  std::string digits;
  for (const char c : bytes) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return {{"hex", digits}};
}

Json written(bool flag) { return flag; }
Json written(int number) { return number; }
Json written(std::int64_t number) { return number; }
Json written(std::uint64_t number) { return number; }
Json written(ByteSize size) { return size.bytes(); }

Json written(const PlannedImage& planned) {
  Json json{{"reference", text_of(planned)}};
  if (const auto* pinned = std::get_if<PinnedImage>(&planned)) {
    json["digest"] = pinned->digest.to_string();
  }
  return json;
}

Json written(const std::vector<std::pair<std::string, std::string>>& variables) {
  auto json = Json::object();
  for (const auto& [name, value] : variables) json[name] = written(value);
  return json;
}

template <typename Record>
Json object_of(const Record& record);

template <typename T>
Json written(const T& value) {
  return object_of(value);
}

template <typename T>
Json written(const std::optional<T>& value) {
  return value ? written(*value) : Json(nullptr);
}

template <typename T>
Json written(const std::vector<T>& values) {
  auto list = Json::array();
  for (const auto& value : values) list.push_back(written(value));
  return list;
}

struct Writer {
  Json json = Json::object();
  template <typename T>
  void operator()(const char* name, const T& value, std::string_view) {
    json[name] = written(value);
  }
};

template <typename Record>
Json object_of(const Record& record) {
  Writer writer;
  visit(writer, record);
  return std::move(writer.json);
}

}  // namespace

Json plan_object(const Plan& plan) {
  Json json{{"plan_version", plan_version}};
  json.update(object_of(plan));
  return json;
}

std::string plan_json(const Plan& plan) { return json_page(plan_object(plan)); }

}  // namespace chainer::plan
