#include "submit/follow/run_metrics.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/json/json_text.hpp"
#include "submit/follow/line_reader.hpp"

namespace chainer::follow {
namespace {

using Json = nlohmann::ordered_json;

/// One line of the file; null when it cannot be used.
Json parse_line(const std::string& line) {
  auto parsed = parse_ordered_json(line);
  return parsed.is_object() ? parsed : Json();
}

/// The text of a member; empty when there is none.
std::string text_of(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// All that was logged under one name. Rows are kept as a list for each of their columns.
struct Series {
  std::string kind;
  Json values;
};

void add_row(const Json& row, Json& columns) {
  for (const auto& [column, value] : row.items()) {
    auto& list = columns[column];
    if (!list.is_array()) list = Json::array();
    list.push_back(value);
  }
}

void add(const std::string& kind, const Json& value, Series& series) {
  if (series.kind != kind) series = {kind, Json()};
  if (kind == "row" && value.is_object()) {
    if (series.values.is_null()) series.values = Json::object();
    add_row(value, series.values);
  } else if (kind == "table") {
    series.values = value;
  } else if (kind == "list" && value.is_array()) {
    if (series.values.is_null()) series.values = Json::array();
    for (const auto& one : value) series.values.push_back(one);
  } else {
    if (series.values.is_null()) series.values = Json::array();
    series.values.push_back(value);
  }
}

Json one_or_all(const Json& values) {
  return values.is_array() && values.size() == 1 ? values.front() : values;
}

/// The form of the service's own get_metrics: one logged value is a value, several are a list.
Metric metric_of(const std::string& name, const Series& series) {
  if (series.kind == "row") {
    Json value = Json::object(), last = Json::object();
    std::size_t count = 0;
    for (const auto& [column, list] : series.values.items()) {
      value[column] = one_or_all(list);
      last[column] = list.back();
      count = std::max(count, list.size());
    }
    return {name, json_line(value), json_line(last), count};
  }
  if (series.kind == "table") return {name, json_line(series.values), json_line(series.values), 1};
  const auto last = series.values.empty() ? Json() : series.values.back();
  return {name, json_line(series.kind == "list" ? series.values : one_or_all(series.values)),
          json_line(last), series.values.size()};
}

/// What was logged, in the order of its names. A script may put the step into the name, and so have
/// a name for each of its steps.
template <typename Logged>
class Named {
 public:
  Logged& operator[](const std::string& name) {
    const auto [known, is_new] = places_.try_emplace(name, all_.size());
    if (is_new) all_.emplace_back(name, Logged());
    return all_[known->second].second;
  }
  const auto& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, Logged>> all_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

RunMetrics read_run_metrics(const run::RunFolder& folder) {
  RunMetrics found;
  Named<Series> all;
  Named<std::string> tags;
  LineReader file(folder.metrics());
  while (const auto text = file.next()) {
    const auto line = parse_line(*text);
    const auto name = text_of(line, "name");
    if (name.empty() || !line.contains("value")) continue;
    const auto kind = text_of(line, "kind");
    if (kind == "tag") {
      tags[name] = text_of(line, "value");
    } else {
      add(kind, line["value"], all[name]);
    }
  }
  for (const auto& [name, series] : all.all()) found.metrics.push_back(metric_of(name, series));
  found.tags = tags.all();
  return found;
}

}  // namespace chainer::follow
