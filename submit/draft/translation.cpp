#include "submit/draft/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/name_list.hpp"
#include "core/printable.hpp"
#include "core/requirement.hpp"
#include "core/text_file.hpp"
#include "submit/draft/yaml_document.hpp"

namespace chainer::draft {
namespace {

/// The name that a conda or pip package begins with.
std::string name_of(std::string_view package) {
  if (const auto channel = package.find("::"); channel != package.npos) {
    package.remove_prefix(channel + 2);
  }
  std::string name;
  for (const char c : package.substr(0, package.find_first_of(" =<>!~[;@"))) {
    name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

/// Handles packages that the framework's recipes bring, and those that only the service needed.
bool is_dealt_with(const toml::Value& package, Translation& translation) {
  const auto text = plain_text(package);
  const auto name = name_of(text);
  if (name == "chainer") {
    if (const auto version = pinned_version(text); !version.empty()) {
      translation.draft.set("framework_version", version);
    }
    return true;
  }
  if (name == "pip" || name == "chainermn" || name == "mpi4py") return true;
  if (name == "python") {
    translation.cannot(package.place, text,
                       "the image's own Python is used, or with conda_packages one that the "
                       "framework version runs on");
    return true;
  }
  if (name.starts_with("azureml")) {
    translation.cannot(package.place, text, "only the service needed it; run.compat stands in");
    return true;
  }
  return false;
}

void add_packages(const toml::Array& packages, std::string_view key, Translation& translation) {
  toml::Array kept;
  for (const auto& package : packages) {
    if (std::holds_alternative<toml::Table>(package.data)) continue;  // the pip section
    const auto text = plain_text(package);
    if (is_dealt_with(package, translation)) continue;
    if (key == "pip_packages" && !Requirement::parse(text)) {
      translation.cannot(package.place, text, "it is not a package of an index with its version");
    } else {
      kept.push_back({text, package.place});
    }
  }
  if (!kept.empty()) translation.draft.set(key, std::move(kept));
}

}  // namespace

void Translation::cannot(const toml::Place& place, std::string_view what, const std::string& why) {
  report.warning(place, fmt::format("not translated: {}", what), why);
}

std::string Translation::path(const std::string& written, const std::string& from) const {
  const std::filesystem::path whole =
      (std::filesystem::path(folder) / from / written).lexically_normal();
  if (std::filesystem::path(written).is_absolute()) return whole.string();
  auto relative = whole.lexically_relative(target).string();
  if (relative.size() > 1 && relative.ends_with('/')) relative.pop_back();
  return relative.empty() ? whole.string() : relative;
}

std::string pinned_version(std::string_view package) {
  const auto equals = package.find('=');
  if (equals == package.npos || package.find_first_of("<>!~*,") != package.npos) return {};
  package.remove_prefix(equals + 1);
  if (package.starts_with('=')) package.remove_prefix(1);
  const auto version = package.substr(0, package.find_first_of(" =;"));
  return std::string(version.substr(0, version.find(".post")));
}

void name_the_rest(const toml::Table& table, const std::vector<std::string_view>& known,
                   const std::string& prefix, Translation& translation) {
  for (const auto& member : table) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    const auto* inner = std::get_if<toml::Table>(&member.value.data);
    const auto* list = std::get_if<toml::Array>(&member.value.data);
    if ((inner && inner->empty()) || (list && list->empty())) continue;
    const auto text = plain_text(member.value);
    translation.cannot(member.key_place, prefix + member.key + (text.empty() ? "" : " = " + text),
                       "an estimator has no such key");
  }
}

void translate_packages(const toml::Table& conda_file, Translation& translation) {
  const auto* dependencies = find(conda_file, "dependencies");
  const auto* list = dependencies ? std::get_if<toml::Array>(&dependencies->data) : nullptr;
  if (list) {
    add_packages(*list, "conda_packages", translation);
    for (const auto& element : *list) {
      const auto* section = std::get_if<toml::Table>(&element.data);
      const auto* pip = section ? find(*section, "pip") : nullptr;
      const auto* packages = pip ? std::get_if<toml::Array>(&pip->data) : nullptr;
      if (packages) add_packages(*packages, "pip_packages", translation);
    }
  }
  if (const auto* channels = find(conda_file, "channels");
      channels && translation.draft.has("conda_packages")) {
    std::string names;
    if (const auto* several = std::get_if<toml::Array>(&channels->data)) {
      for (const auto& one : *several) append_name(names, plain_text(one));
    }
    translation.cannot(channels->place, "channels " + names,
                       "conda_packages come from the site's channels; a conda file in "
                       "source_directory, named by conda_dependencies_file, has its own");
  }
  name_the_rest(conda_file, {"name", "prefix", "channels", "dependencies"}, "", translation);
}

void translate_image(const toml::Value& image, Translation& translation) {
  const auto text = plain_text(image);
  if (text.find("mcr.microsoft.com/azureml") != text.npos ||
      text.find("viennaprivate") != text.npos) {
    translation.cannot(image.place, "image " + text, "it is the service's own; the site has one");
  } else if (!text.empty()) {
    translation.draft.set("custom_docker_image", text);
  }
}

void translate_conda_file(const std::string& path, const std::string& shown,
                          const toml::Place& place, Translation& translation) {
  auto text = read_text_file(path);
  if (!text) {
    translation.cannot(place, shown, "cannot read it: " + text.error().what);
    return;
  }
  auto parsed = parse_yaml(*text, shown);
  translation.texts.emplace_back(shown, *std::move(text));
  if (auto* finding = std::get_if<Finding>(&parsed)) {
    translation.cannot({shown, finding->at}, "the packages", finding->message);
    return;
  }
  translate_packages(std::get<toml::Table>(parsed), translation);
}

}  // namespace chainer::draft
