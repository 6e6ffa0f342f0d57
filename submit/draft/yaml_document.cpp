#include "submit/draft/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "submit/plan/python_text.hpp"

namespace chainer::draft {
namespace {

constexpr int deepest = 50;
constexpr int most_nodes = 100'000;  // an alias may stand for a whole tree of aliases

struct TooMuch {};

/// What an unquoted scalar means in YAML's core schema.
toml::Value scalar(const std::string& text, const toml::Place& place) {
  if (text == "true" || text == "True" || text == "TRUE") return {true, place};
  if (text == "false" || text == "False" || text == "FALSE") return {false, place};
  std::int64_t integer = 0;
  const auto* end = text.data() + text.size();
  if (auto read = std::from_chars(text.data(), end, integer);
      read.ec == std::errc{} && read.ptr == end) {
    return {integer, place};
  }
  double number = 0;
  const bool is_number = text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                         text.find_first_of("0123456789") != std::string::npos;
  if (auto read = std::from_chars(text.data(), end, number);
      is_number && read.ec == std::errc{} && read.ptr == end) {
    return {number, place};
  }
  return {text, place};
}

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  toml::Table table(const YAML::Node& node, int depth) {
    toml::Table members;
    for (const auto& member : node) {
      if (member.second.IsNull() || !member.first.IsScalar()) continue;
      members.push_back(
          {member.first.Scalar(), place(member.first), convert(member.second, depth + 1)});
    }
    return members;
  }

 private:
  toml::Place place(const YAML::Node& node) const {
    const auto mark = node.Mark();
    if (mark.is_null()) return {file_, {}};
    return {
        file_,
        {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)}};
  }

  toml::Value convert(const YAML::Node& node, int depth) {
    if (depth > deepest || ++nodes_ > most_nodes) throw TooMuch{};
    if (node.IsMap()) return {table(node, depth), place(node)};
    if (node.IsSequence()) {
      toml::Array elements;
      for (const auto& element : node) elements.push_back(convert(element, depth + 1));
      return {std::move(elements), place(node)};
    }
    if (!node.IsScalar()) return {std::string(), place(node)};
    // "!" is the tag of text in quotes.
    if (node.Tag() == "!") return {node.Scalar(), place(node)};
    return scalar(node.Scalar(), place(node));
  }

  const std::string& file_;
  int nodes_{0};
};

}  // namespace

std::variant<toml::Table, Finding> parse_yaml(const std::string& text, const std::string& file) {
  try {
    const auto document = YAML::Load(text);
    if (!document.IsMap()) {
      return Finding{file, {}, Severity::error, "it is no YAML mapping", ""};
    }
    return Converter(file).table(document, 0);
  } catch (const YAML::Exception& error) {
    const auto& mark = error.mark;
    const Position at = mark.is_null() ? Position{}
                                       : Position{static_cast<std::uint32_t>(mark.line + 1),
                                                  static_cast<std::uint32_t>(mark.column + 1)};
    return Finding{file, at, Severity::error, "it is not YAML: " + error.msg, ""};
  } catch (const TooMuch&) {
    return Finding{
        file, {}, Severity::error, "it nests too deep, or its aliases stand for too much", ""};
  }
}

const toml::Value* find(const toml::Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, &toml::Member::key);
  return found == table.end() ? nullptr : &found->value;
}

const toml::Table* find_table(const toml::Table& table, std::string_view key) {
  const auto* found = find(table, key);
  return found ? std::get_if<toml::Table>(&found->data) : nullptr;
}

bool is_true(const toml::Table& table, std::string_view key) {
  const auto* found = find(table, key);
  const auto* flag = found ? std::get_if<bool>(&found->data) : nullptr;
  return flag && *flag;
}

std::string plain_text(const toml::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value.data)) return plan::python_float(*number);
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
  return {};
}

}  // namespace chainer::draft
