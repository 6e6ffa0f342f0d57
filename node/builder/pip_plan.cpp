#include "node/builder/pip_plan.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/name_list.hpp"
#include "core/printable.hpp"

namespace chainer::builder {
namespace {

using nlohmann::json;

Error unreadable() { return {"the builder's answer cannot be read", "", 0, Fault::defect}; }

/// The form in which names of packages are compared (PEP 503): lists have them as their makers
/// write them.
std::string normalised(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!text.ends_with('-')) text += '-';
    } else {
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return text;
}

}  // namespace

Result<PipPlan> PipPlan::parse(std::string_view changes, std::string_view installed) {
  const auto plan = parse_json_object(changes, "the builder's plan");
  if (!plan) return unreadable();
  const auto list = parse_json(installed);
  if (!list.is_array()) return unreadable();

  PipPlan result;
  std::set<std::string> touched;
  for (const auto& change : array_member(*plan, "changes")) {
    const auto name = string_member(change, "name");
    const auto version = string_member(change, "version");
    const auto action = string_member(change, "action");
    if (name.empty() || version.empty()) return unreadable();
    touched.insert(normalised(name));
    if (action == "installed") result.pins += name + "==" + version + "\n";
    if (action == "uninstalled") append_name(result.replaced, printable(name + " " + version));
  }
  for (const auto& package : list) {
    const auto name = package.is_object() ? string_member(package, "name") : std::string();
    if (name.empty()) return unreadable();
    if (!touched.contains(normalised(name))) result.kept += name + "\n";
  }
  return result;
}

}  // namespace chainer::builder
