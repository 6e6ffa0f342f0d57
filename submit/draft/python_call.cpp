#include "submit/draft/python_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "submit/draft/python_programs.hpp"
#include "submit/draft/python_reader.hpp"
#include "submit/input/key_search.hpp"

namespace chainer::draft {
namespace {

using Json = nlohmann::ordered_json;

/// Parameters whose values were objects of the service.
constexpr std::string_view written_otherwise[] = {"image_registry_details",
                                                  "environment_definition", "inputs"};

/// None in a list becomes empty text, as in script_params.
Data toml_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    toml::Array elements;
    for (const auto& element : json) elements.push_back({toml_of(element), {}});
    return elements;
  }
  if (json.is_object()) {
    toml::Table members;
    for (const auto& [key, value] : json.items())
      members.push_back({key, {}, {toml_of(value), {}}});
    return members;
  }
  return std::string();
}

toml::Place place_of(const Json& json, const Translation& translation) {
  return {translation.file,
          {json.value("line", std::uint32_t{0}), json.value("column", std::uint32_t{0})}};
}

/// Translates an argument whose value stands in the file.
void translate_value(const std::string& key, const Json& value, Translation& translation) {
  auto& draft = translation.draft;
  if (value.is_null()) return;
  if (key == "source_directory" && value.is_string()) {
    return draft.set(key, translation.path(value.get<std::string>(), "."));
  }
  if ((key == "script_params" || key == "environment_variables") && value.is_object()) {
    for (const auto& [name, one] : value.items()) draft.set_in(key, name, toml_of(one));
    return;
  }
  draft.set(key, toml_of(value));
}

void translate_argument(const Json& argument, Translation& translation) {
  const auto name = argument.value("name", std::string());
  const auto key = name.starts_with('_') ? name.substr(1) : name;
  const auto place = place_of(argument, translation);
  const auto source = argument.value("source", std::string());
  if (name == "**") {
    translation.cannot(place, name + source, "only running the file would tell what is in it");
  } else if (!input::find_key(key) || key.find('.') != std::string::npos) {
    translation.cannot(place, name, "the class has no such parameter");
  } else if (std::ranges::find(written_otherwise, key) != std::end(written_otherwise)) {
    translation.cannot(place, key, "docs/estimator.md says how it is written here");
  } else if (argument.contains("value")) {
    translate_value(key, argument["value"], translation);
  } else {
    translation.cannot(place, fmt::format("{} = {}", name, source),
                       "only running the file would tell its value");
  }
}

}  // namespace

Result<void> translate_python_call(run::ProcessRunner& processes, Translation& translation) {
  const auto path = (std::filesystem::path(translation.folder) /
                     std::filesystem::path(translation.file).filename())
                        .string();
  TRY_ASSIGN(const auto read, read_python(read_call_program, path, processes));
  const auto& answer = read;
  if (answer.contains("error")) {
    translation.report.error(place_of(answer, translation), answer["error"].get<std::string>());
    return {};
  }
  // The class took its folder from the place that it was called in, which was mostly the file's.
  translation.draft.set("source_directory", translation.path(".", "."));
  for (const auto& argument : answer["arguments"]) translate_argument(argument, translation);
  for (const auto& other : answer["others"]) {
    const Position at{other[0].get<std::uint32_t>(), other[1].get<std::uint32_t>()};
    translation.cannot({translation.file, at}, "another call of the class",
                       "an estimator is one run: import a file that holds it alone");
  }
  return {};
}

}  // namespace chainer::draft
