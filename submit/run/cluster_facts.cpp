#include "submit/run/cluster_facts.hpp"

#include <algorithm>
#include <charconv>

#include "core/characters.hpp"
#include "core/trimmed.hpp"

namespace chainer::run {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} ? std::optional(value) : std::nullopt;
}

/// "1-infinite", "1-4" or "2": how many nodes a job may have.
std::optional<std::int64_t> most_of(std::string_view range) {
  const auto dash = range.find('-');
  return number(dash == range.npos ? range : range.substr(dash + 1));
}

bool is_of_feature(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '=' ||
         c == '/';
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> listed_words(std::string_view list) {
  std::vector<std::string> words;
  for (const auto word : split(list, ',')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::vector<std::string> question_for_node_groups() {
  return {"sinfo", "--all", "--noheader", "--exact", "--format=%P|%a|%l|%s|%D|%c|%m|%G|%f"};
}

std::vector<NodeGroup> read_node_groups(std::string_view sinfo) {
  std::vector<NodeGroup> groups;
  for (const auto& [partition, availability, time, size, nodes, cpus, memory, gres, features] :
       rows_of<9>(sinfo)) {
    NodeGroup group;
    group.partition = partition;
    if (group.partition.ends_with('*')) {
      group.is_default = true;
      group.partition.pop_back();
    }
    group.availability = availability;
    group.most_minutes = minutes_of(time);
    group.most_nodes = most_of(size);
    group.nodes = number(nodes).value_or(0);
    group.cpus = number(cpus).value_or(0);
    group.memory_mib = static_cast<std::uint64_t>(number(memory).value_or(0));
    group.gres = gres;
    group.features = listed_words(features);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::int64_t gpus_in(std::string_view gres, std::string_view type) {
  std::int64_t found = 0;
  for (const auto one : split(gres, ',')) {
    // "gpu:a100:4(S:0-1)" or "gpu:4"
    const auto parts = split(one.substr(0, one.find('(')), ':');
    if (parts[0] != "gpu" || parts.size() < 2) continue;
    if (!type.empty() && (parts.size() < 3 || parts[1] != type)) continue;
    found += number(parts.back()).value_or(0);
  }
  return found;
}

std::int64_t gpus_of(const NodeGroup& group, std::string_view type) {
  return gpus_in(group.gres, type);
}

std::optional<std::int64_t> minutes_of(std::string_view text) {
  std::int64_t days = 0;
  const auto dash = text.find('-');
  if (dash != text.npos) {
    days = number(text.substr(0, dash)).value_or(0);
    text.remove_prefix(dash + 1);
  }
  std::int64_t values[3] = {0, 0, 0};
  const auto parts = split(text, ':');
  if (parts.size() > 3) return std::nullopt;
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const auto value = number(parts[at]);
    if (!value) return std::nullopt;  // infinite, UNLIMITED, n/a, or nothing
    values[at] = *value;
  }
  // After days come hours; without days, "30" is minutes and "30:00" has seconds.
  if (dash != std::string_view::npos) {
    return days * 24 * 60 + values[0] * 60 + values[1] + (values[2] > 0 ? 1 : 0);
  }
  if (parts.size() == 3) return values[0] * 60 + values[1] + (values[2] > 0 ? 1 : 0);
  return values[0] + (values[1] > 0 ? 1 : 0);
}

std::vector<std::string> names_in_constraint(std::string_view expression) {
  std::vector<std::string> found;
  while (!expression.empty()) {
    const auto length = static_cast<std::size_t>(
        std::ranges::find_if_not(expression, is_of_feature) - expression.begin());
    if (length > 0) {
      found.emplace_back(expression.substr(0, length));
      expression.remove_prefix(length);
      continue;
    }
    const bool counts = expression.front() == '*';
    expression.remove_prefix(1);
    // "*4" says how many nodes need the feature before it.
    while (counts && !expression.empty() && expression.front() >= '0' && expression.front() <= '9')
      expression.remove_prefix(1);
  }
  return found;
}

std::string value_in_config(std::string_view config, std::string_view name) {
  for (const auto line : split(config, '\n')) {
    const auto equals = line.find('=');
    if (equals == line.npos || trimmed(line.substr(0, equals)) != name) continue;
    return std::string(trimmed(line.substr(equals + 1)));
  }
  return {};
}

std::vector<std::string> read_reservations(std::string_view scontrol) {
  constexpr std::string_view head = "ReservationName=";
  std::vector<std::string> found;
  for (const auto line : split(scontrol, '\n')) {
    if (!line.starts_with(head)) continue;
    const auto name = line.substr(head.size());
    found.emplace_back(name.substr(0, name.find(' ')));
  }
  return found;
}

std::vector<std::string> read_mpi_types(std::string_view said) {
  std::vector<std::string> found;
  for (auto line : split(said, '\n')) {
    // One type per line, and all versions of pmix in the last one: "specific pmix plugin versions
    // available: pmix_v3,pmix_v4". Slurm's older programs put their name before each line.
    if (const auto colon = line.rfind(':'); colon != line.npos) line.remove_prefix(colon + 1);
    for (const auto word : split(line, ',')) {
      const auto name = trimmed(word);
      if (!name.empty() && name.find(' ') == name.npos) found.emplace_back(name);
    }
  }
  return found;
}

}  // namespace chainer::run
