#include "node/environment/environment_lock.hpp"

#include <sstream>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::environment {
namespace {

using nlohmann::json;

constexpr std::string_view opening = R"({"chainer_env_lock":)";
// Locks of version 1 held a key, which nobody reads any more. Version 3 added conda packages and
// variables, which an older chainer-node would leave out; a lock with neither is still written as
// version 2.
constexpr std::uint64_t newest_version = 3;
constexpr std::uint64_t version_without_conda = 2;

Error broken(std::string_view what) {
  return {"the environment lock's " + std::string(what) + " cannot be read",
          "delete the lock, so that the environment is resolved again", 0, Fault::user};
}

json to_json(const LockedPackage& package) {
  json object{{"name", package.name}, {"hashes", package.hashes}};
  if (package.url.empty()) {
    object["version"] = package.version;
  } else {
    object["url"] = package.url;
  }
  return object;
}

/// A word of a requirements file: no blank, no line end, no option in disguise.
bool is_plain_word(std::string_view text) {
  return !text.empty() && text.front() != '-' &&
         text.find_first_of(" \t\r\n\\#;") == std::string_view::npos;
}

Result<LockedPackage> package_from(const json& object) {
  LockedPackage package{string_member(object, "name"),
                        string_member(object, "version"),
                        string_member(object, "url"),
                        {}};
  for (const auto& hash : array_member(object, "hashes")) {
    const auto text = hash.is_string() ? hash.get<std::string>() : std::string();
    if (!is_plain_word(text)) return broken("list of packages");
    package.hashes.push_back(text);
  }
  const auto& place = package.url.empty() ? package.version : package.url;
  const bool one_of_both = package.url.empty() || package.version.empty();
  if (!is_plain_word(package.name) || !one_of_both ||
      place.find_first_of(" \t\r\n\\") != std::string::npos || place.empty() ||
      package.hashes.empty()) {
    return broken("list of packages");
  }
  return package;
}

struct CondaText {
  const char* key;
  std::string LockedCondaPackage::*member;
};
constexpr CondaText conda_texts[] = {
    {"name", &LockedCondaPackage::name},
    {"version", &LockedCondaPackage::version},
    {"build", &LockedCondaPackage::build},
    {"subdir", &LockedCondaPackage::subdir},
    {"url", &LockedCondaPackage::url},
    {"sha256", &LockedCondaPackage::sha256},
    {"md5", &LockedCondaPackage::md5},
    {"noarch", &LockedCondaPackage::noarch},
    {"python_site_packages_path", &LockedCondaPackage::python_site_packages_path}};

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::vector<std::pair<std::string, std::string>>> variables_from(const json& list) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (const auto& item : list) {
    const bool is_pair =
        item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string();
    if (!is_pair) return broken("list of variables");
    auto name = item[0].get<std::string>();
    auto value = item[1].get<std::string>();
    const bool can_be_set = !name.empty() && name.find('=') == std::string::npos &&
                            (name + value).find('\0') == std::string::npos;
    if (!can_be_set) return broken("list of variables");
    variables.emplace_back(std::move(name), std::move(value));
  }
  return variables;
}

/// Takes `name==version` or `name @ url` apart.
Result<LockedPackage> package_from_words(const std::vector<std::string>& words) {
  LockedPackage package;
  if (words.size() == 3 && words[1] == "@") {
    package.name = words[0];
    package.url = words[2];
  } else if (const auto equals = words.empty() ? std::string::npos : words[0].find("==");
             words.size() == 1 && equals != std::string::npos) {
    package.name = words[0].substr(0, equals);
    package.version = words[0].substr(equals + 2);
  } else {
    return Error{"the builder's answer cannot be read", "", 0, Fault::defect};
  }
  return package;
}

}  // namespace

Digest digest_of(const std::vector<std::string_view>& parts) {
  wire::BlobHash hash;
  for (const auto part : parts) {
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  return hash.finish();
}

bool is_same_package(const LockedPackage& one, const LockedPackage& other) {
  // The files of a version never change; a URL may lead to another file tomorrow.
  const bool is_fixed = one.url.empty() || one.hashes == other.hashes;
  return one.name == other.name && one.version == other.version && one.url == other.url && is_fixed;
}

json to_json(const LockedCondaPackage& package) {
  json object{{"build_number", package.build_number}, {"depends", package.depends}};
  for (const auto& [key, member] : conda_texts) {
    if (!(package.*member).empty()) object[key] = package.*member;
  }
  if (package.size > 0) object["size"] = package.size;
  return object;
}

Result<LockedCondaPackage> conda_package_from(const json& object) {
  if (!object.is_object()) return broken("list of conda packages");
  LockedCondaPackage package;
  for (const auto& [key, member] : conda_texts) package.*member = string_member(object, key);
  package.build_number = number_member(object, "build_number").value_or(0);
  package.size = number_member(object, "size").value_or(0);
  for (const auto& item : array_member(object, "depends")) {
    if (!item.is_string()) return broken("list of conda packages");
    package.depends.push_back(item.get<std::string>());
  }
  const bool is_named = !package.name.empty() && !package.version.empty() &&
                        !package.subdir.empty() && !package.url.empty();
  // Without a hash anything could come from that place.
  const bool is_certain = is_hex(package.sha256, 64) || is_hex(package.md5, 32);
  const bool is_sound = (package.sha256.empty() || is_hex(package.sha256, 64)) &&
                        (package.md5.empty() || is_hex(package.md5, 32));
  if (!is_named || !is_certain || !is_sound) return broken("list of conda packages");
  return package;
}

bool EnvironmentLock::starts(std::string_view text) { return text.starts_with(opening); }

std::string EnvironmentLock::count_of_packages() const {
  const auto count = number_of_packages();
  return std::to_string(count) + (count == 1 ? " package" : " packages");
}

std::string EnvironmentLock::to_text() const {
  const bool is_plain = conda.empty() && variables.empty();
  std::string text = std::string(opening) +
                     std::to_string(is_plain ? version_without_conda : newest_version) +
                     ",\n \"image\":" + json_line(json(image.to_string()));
  for (const auto& [name, value] : {std::pair{"python", &python},
                                    {"builder", &builder},
                                    {"builder_version", &builder_version},
                                    {"build_constraints", &build_constraints}}) {
    text += ",\n " + json_line(json(name)) + ":" + json_line(json(*value));
  }
  if (base) text += ",\n \"base\":" + json_line(json(base->to_string()));
  if (!startup.empty()) text += ",\n \"startup\":" + json_line(json(startup));
  if (!variables.empty()) text += ",\n \"variables\":" + json_line(json(variables));
  if (!conda.empty()) {
    text += ",\n \"conda_builder\":" + json_line(json(conda_builder)) + ",\n \"conda\":[";
    for (const auto& package : conda) {
      text += (&package == &conda.front() ? "\n  " : ",\n  ") +
              json_line(environment::to_json(package));
    }
    text += "]";
  }
  text += ",\n \"packages\":[";
  for (const auto& package : packages) {
    text += (&package == &packages.front() ? "\n  " : ",\n  ") + json_line(to_json(package));
  }
  return text + "]}\n";
}

Result<EnvironmentLock> EnvironmentLock::parse(std::string_view text) {
  const auto object = parse_json_object(text, "the environment lock");
  if (!object) return broken("text");
  const auto written_by = number_member(*object, "chainer_env_lock").value_or(0);
  if (written_by == 0) return broken("first line");
  if (written_by > newest_version) {
    return Error{"the environment lock was written by a newer chainer-node",
                 "delete the lock, so that the environment is resolved again", 0, Fault::user};
  }
  const auto image = Digest::parse(string_member(*object, "image"));
  if (!image) return broken("image");

  EnvironmentLock lock{*image,
                       string_member(*object, "python"),
                       string_member(*object, "builder"),
                       string_member(*object, "builder_version"),
                       string_member(*object, "build_constraints"),
                       {},
                       string_member(*object, "startup"),
                       string_member(*object, "conda_builder")};
  for (const auto& item : array_member(*object, "packages")) {
    if (!item.is_object()) return broken("list of packages");
    TRY_ASSIGN(auto package, package_from(item));
    lock.packages.push_back(std::move(package));
  }
  for (const auto& item : array_member(*object, "conda")) {
    TRY_ASSIGN(auto package, conda_package_from(item));
    lock.conda.push_back(std::move(package));
  }
  TRY_ASSIGN(auto variables, variables_from(array_member(*object, "variables")));
  lock.variables = std::move(variables);
  if (const auto base = string_member(*object, "base"); !base.empty()) {
    const auto digest = Digest::parse(base);
    if (!digest) return broken("base");
    lock.base = *digest;
  }
  return lock;
}

std::string EnvironmentLock::requirements() const {
  std::string text;
  for (const auto& package : packages) {
    text += package.name + (package.url.empty() ? "==" + package.version : " @ " + package.url);
    for (const auto& hash : package.hashes) text += " \\\n    --hash=" + hash;
    text += "\n";
  }
  return text;
}

Result<std::vector<LockedPackage>> EnvironmentLock::parse_requirements(std::string_view text) {
  constexpr std::string_view hash_option = "--hash=";
  std::vector<LockedPackage> packages;
  std::vector<std::string> words, hashes;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line.front() == '#') continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.pop_back();
    std::istringstream pieces(line);
    for (std::string word; pieces >> word;) {
      if (word.starts_with(hash_option))
        hashes.push_back(word.substr(hash_option.size()));
      else
        words.push_back(word);
    }
    if (goes_on) continue;
    TRY_ASSIGN(auto package, package_from_words(std::exchange(words, {})));
    package.hashes = std::exchange(hashes, {});
    packages.push_back(std::move(package));
  }
  return packages;
}

}  // namespace chainer::environment
