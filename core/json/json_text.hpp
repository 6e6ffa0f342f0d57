// JSON as text, both ways. The library's parser and its serializer are compiled here once: every
// file that calls them itself takes seconds longer.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace chainer {

/// How deep lists and objects may lie in each other. Documents of people and tools nest less, and
/// what writes one calls itself for each level.
inline constexpr int deepest_json = 100;

/// A discarded value, which is neither a list nor an object, where the text is no JSON or nests too
/// deep. For what strangers write: an object of very many members takes no longer than it should.
nlohmann::json parse_json(std::string_view text);
/// The same with members in the order in which they stand. For what our own programs write.
nlohmann::ordered_json parse_ordered_json(std::string_view text);

/// In one line, without an end of it. Bytes that are not UTF-8 are replaced.
std::string json_line(const nlohmann::json& json);
std::string json_line(const nlohmann::ordered_json& json);
/// Indented, with the end of its last line.
std::string json_page(const nlohmann::ordered_json& json);

/// Whether a text of JSON can hold these bytes.
bool is_json_text(const std::string& bytes);

}  // namespace chainer
