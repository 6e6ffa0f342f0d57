// Reads the members of one TOML table by its key table.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "submit/input/key.hpp"

namespace chainer::input {

/// The name of an unknown key where it is known: under another name, or in another table; else
/// empty.
using KnownElsewhere = std::string (*)(std::string_view key);

/// Reports a key that no row names. The hint is its name elsewhere, or the nearest known one.
void report_unknown_key(const toml::Member& member, std::string_view full_name,
                        const std::vector<std::string_view>& known, KnownElsewhere elsewhere,
                        toml::Report& report);

/// Reports a word that is not one of the key's choices. Returns whether it did.
bool report_other_word(const toml::Value& value, std::string_view full_name,
                       std::string_view choices, toml::Report& report);

/// Whether `key = …` may be written with a leading underscore, as the class spelled some of its own
/// parameters.
enum class LeadingUnderscore { refused, optional };

/// Reads every member into `record`. `prefix` comes before key names in messages: "slurm.".
template <typename Record>
void read_members(std::span<const Key<Record>> keys, const toml::Table& table,
                  const std::string& prefix, Record& record, toml::Report& report,
                  LeadingUnderscore underscore = LeadingUnderscore::refused,
                  KnownElsewhere elsewhere = nullptr) {
  const auto find = [&](std::string_view name) {
    return std::ranges::find_if(keys, [&](const auto& key) { return key.info.name == name; });
  };
  std::map<std::string_view, const toml::Member*> seen;
  for (const auto& member : table) {
    auto found = find(member.key);
    if (found == keys.end() && underscore == LeadingUnderscore::optional &&
        member.key.starts_with('_')) {
      found = find(std::string_view(member.key).substr(1));
    }
    const auto full_name = prefix + member.key;
    if (found == keys.end()) {
      std::vector<std::string_view> known;
      for (const auto& key : keys) known.push_back(key.info.name);
      report_unknown_key(member, full_name, known, elsewhere, report);
      continue;
    }
    const KeyInfo& info = found->info;
    if (!seen.emplace(info.name, &member).second) {
      report.error(member.key_place, fmt::format("{} is given twice", info.name),
                   "a leading underscore makes no difference: keep one of the two");
    } else {
      if (!info.newer.empty()) {
        report.warning(member.key_place, fmt::format("{} is deprecated", full_name),
                       fmt::format("write {} instead", info.newer));
      }
      if (report_other_word(member.value, full_name, info.choices, report)) continue;
      found->read(record, member.value, full_name, report);
    }
  }
}

/// A key whose value is a table with a key table of its own.
template <auto Member, auto Keys, KnownElsewhere Elsewhere = nullptr>
constexpr auto section(KeyInfo info) {
  using Record = typename detail::MemberOf<decltype(Member)>::Record;
  using Value = typename detail::MemberOf<decltype(Member)>::Value;
  info.kind = toml::ValueKind::table;
  return Key<Record>{
      info,
      [](Record& record, const toml::Value& value, std::string_view name, toml::Report& report) {
        const auto* table = std::get_if<toml::Table>(&value.data);
        if (!table) return toml::report_wrong_type(value, name, "a table", report);
        record.*Member = toml::Located<Value>{{}, value.place};
        read_members(Keys(), *table, std::string(name) + ".", (record.*Member)->value, report,
                     LeadingUnderscore::refused, Elsewhere);
      }};
}

/// A key whose value is an array of tables, each with the same key table.
template <auto Member, auto Keys>
constexpr auto sections(KeyInfo info) {
  using Record = typename detail::MemberOf<decltype(Member)>::Record;
  using Value = typename detail::MemberOf<decltype(Member)>::Value;
  info.kind = toml::ValueKind::tables;
  return Key<Record>{info, [](Record& record, const toml::Value& value, std::string_view name,
                              toml::Report& report) {
                       const auto* array = std::get_if<toml::Array>(&value.data);
                       if (!array)
                         return toml::report_wrong_type(value, name, "an array of tables", report);
                       record.*Member = toml::Located<Value>{{}, value.place};
                       for (const auto& element : *array) {
                         const auto* table = std::get_if<toml::Table>(&element.data);
                         if (!table) {
                           toml::report_wrong_type(element, fmt::format("an element of {}", name),
                                                   "a table", report);
                           continue;
                         }
                         auto& one = (record.*Member)->value.emplace_back();
                         one.place = element.place;
                         for (const auto& member : *table)
                           one.written.emplace(member.key, member.key_place);
                         read_members(Keys(), *table, std::string(name) + ".", one, report);
                       }
                     }};
}

}  // namespace chainer::input
