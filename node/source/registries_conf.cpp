#include "node/source/registries_conf.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <variant>

#include "core/printable.hpp"
#include "core/text_file.hpp"

namespace chainer::source {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder_of_machine = "/etc/containers";
constexpr std::string_view any_subdomain = "*.";

Error unusable(const std::string& what, const std::string& hint) {
  return {what, hint, 0, Fault::user};
}

Result<toml::table> parse(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return unusable(
        "line " + std::to_string(error.source().begin.line) + ": " + printable(error.description()),
        "correct the file, or ask who keeps it (containers-registries.conf(5))");
  }
}

std::string text_of(const toml::table& table, std::string_view key) {
  return table[key].value_or(std::string());
}

/// A location without the slash that people leave at its end.
std::string location_in(const toml::table& table) {
  auto location = text_of(table, "location");
  while (location.ends_with('/')) location.pop_back();
  return location;
}

RegistriesConf::Mirror read_mirror(const toml::table& table, bool by_digest_only) {
  using enum RegistriesConf::PullFrom;
  const auto pull = text_of(table, "pull-from-mirror");
  if (by_digest_only || pull == "digest-only") return {location_in(table), digests};
  return {location_in(table), pull == "tag-only" ? tags : anything};
}

RegistriesConf::Registry read_registry(const toml::table& table) {
  RegistriesConf::Registry registry{text_of(table, "prefix"), location_in(table),
                                    table["blocked"].value_or(false)};
  if (registry.prefix.empty()) registry.prefix = registry.location;
  const bool by_digest_only = table["mirror-by-digest-only"].value_or(false);
  if (const auto* mirrors = table["mirror"].as_array()) {
    for (const auto& element : *mirrors) {
      const auto* mirror = element.as_table();
      if (mirror != nullptr) registry.mirrors.push_back(read_mirror(*mirror, by_digest_only));
    }
  }
  return registry;
}

/// How much of `name`, HOST[:PORT]/REPOSITORY, a prefix covers; nothing when it is another's.
std::optional<std::size_t> covered(std::string_view prefix, std::string_view name) {
  const auto host = name.substr(0, name.find('/'));
  if (prefix.starts_with(any_subdomain))
    return host.ends_with(prefix.substr(1)) ? std::optional(host.size()) : std::nullopt;
  if (!name.starts_with(prefix)) return std::nullopt;
  const bool is_at_border = name.size() == prefix.size() || name[prefix.size()] == '/';
  return is_at_border ? std::optional(prefix.size()) : std::nullopt;
}

/// The same image below another HOST[:PORT][/PATH].
Result<RegistryRef> moved(const RegistryRef& reference, const std::string& location,
                          std::string_view rest) {
  RegistryRef place = reference;
  const auto name = location + std::string(rest);
  place.host = name.substr(0, name.find('/'));
  place.repository = name.substr(std::min(name.size(), place.host.size() + 1));
  const auto read = ImageRef::parse(place.to_string());
  const auto* parsed = read ? std::get_if<RegistryRef>(&read->source()) : nullptr;
  if (parsed == nullptr || parsed->host != place.host) {
    return unusable(
        "the location '" + printable(location) + "' of a registry is no HOST[:PORT][/PATH]",
        "write it as in location = \"mirror.example.org:5000/docker.io\"");
  }
  return place;
}

void append_drop_ins(const fs::path& folder, std::vector<fs::path>& files) {
  std::vector<fs::path> found;
  std::error_code missing;
  for (fs::directory_iterator file(folder, missing), end; !missing && file != end;
       file.increment(missing)) {
    if (file->path().extension() == ".conf") found.push_back(file->path());
  }
  std::ranges::sort(found);
  files.insert(files.end(), found.begin(), found.end());
}

std::vector<fs::path> files_of_this_account() {
  const char* named = std::getenv("CONTAINERS_REGISTRIES_CONF");
  if (named != nullptr && *named != '\0') return {named};
  const char* home = std::getenv("HOME");
  const bool has_home = home != nullptr && *home == '/';
  const auto own = has_home ? fs::path(home) / ".config/containers" : fs::path();
  std::error_code ignored;
  const bool has_own = has_home && fs::exists(own / "registries.conf", ignored);
  std::vector<fs::path> files{(has_own ? own : fs::path(folder_of_machine)) / "registries.conf"};
  append_drop_ins(fs::path(folder_of_machine) / "registries.conf.d", files);
  if (has_home) append_drop_ins(own / "registries.conf.d", files);
  return files;
}

}  // namespace

Result<RegistriesConf> RegistriesConf::of_this_account() {
  constexpr std::size_t largest_registries_conf = std::size_t{1} << 20;
  RegistriesConf conf;
  for (const auto& file : files_of_this_account()) {
    const auto text = read_file(file, largest_registries_conf);
    if (!text && (text.error().error_number == ENOENT || text.error().error_number == ENOTDIR))
      continue;
    if (!text) return text.error();
    if (auto added = conf.add(*text); !added)
      return std::move(added).error().within("cannot use " + file.string());
  }
  return conf;
}

Result<void> RegistriesConf::add(std::string_view text) {
  TRY_ASSIGN(const auto document, parse(text));
  const auto* listed = document["registry"].as_array();
  if (listed == nullptr) return {};
  for (const auto& element : *listed) {
    const auto* table = element.as_table();
    if (table == nullptr) continue;
    auto registry = read_registry(*table);
    if (registry.prefix.empty())
      return unusable("a [[registry]] has neither a prefix nor a location", "give it one");
    std::erase_if(registries_,
                  [&](const Registry& known) { return known.prefix == registry.prefix; });
    registries_.push_back(std::move(registry));
  }
  return {};
}

const RegistriesConf::Registry* RegistriesConf::find(std::string_view name) const {
  const Registry* best = nullptr;
  for (const auto& registry : registries_) {
    if (!covered(registry.prefix, name)) continue;
    if (best == nullptr || registry.prefix.size() > best->prefix.size()) best = &registry;
  }
  return best;
}

Result<std::vector<RegistryRef>> RegistriesConf::places_of(const RegistryRef& reference) const {
  const auto name = reference.host + "/" + reference.repository;
  const auto* registry = find(name);
  if (registry == nullptr) return std::vector{reference};
  if (registry->blocked) {
    return unusable(
        "the registry " + registry->prefix + " is blocked on this machine",
        "use an image of another registry, or ask your admin (containers-registries.conf(5))");
  }
  const auto rest = std::string_view(name).substr(*covered(registry->prefix, name));
  const auto other = reference.digest ? PullFrom::tags : PullFrom::digests;
  std::vector<RegistryRef> places;
  for (const auto& mirror : registry->mirrors) {
    if (mirror.pull == other) continue;
    TRY_ASSIGN(auto place, moved(reference, mirror.location, rest));
    places.push_back(std::move(place));
  }
  if (registry->location.empty()) {
    places.push_back(reference);
  } else {
    TRY_ASSIGN(auto place, moved(reference, registry->location, rest));
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace chainer::source
