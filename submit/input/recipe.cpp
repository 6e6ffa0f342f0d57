#include "submit/input/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/match_spec.hpp"
#include "core/text_file.hpp"
#include "submit/input/newest_version.hpp"
#include "submit/input/table_reader.hpp"

namespace chainer::input {
namespace {

struct WrittenRecipe {
  Given<toml::Strings> pip, gpu_pip, build_constraints, startup, works_with;
  Given<std::string> python;
  Given<toml::Table> original;
};

constexpr Key<WrittenRecipe> recipe_rows[] = {
    key<&WrittenRecipe::pip>({.name = "pip"}),
    key<&WrittenRecipe::gpu_pip>({.name = "gpu_pip"}),
    key<&WrittenRecipe::build_constraints>({.name = "build_constraints"}),
    key<&WrittenRecipe::startup>({.name = "startup"}),
    key<&WrittenRecipe::works_with>({.name = "works_with"}),
    key<&WrittenRecipe::python>({.name = "python"}),
    key<&WrittenRecipe::original>({.name = "original"}),  // for people; nothing here reads it
};

/// Python runs a line of a .pth file only when it starts with "import".
void check_startup(const Given<toml::Strings>& startup, toml::Report& report) {
  if (!startup) return;
  for (const auto& line : startup->value) {
    if (line.value.starts_with("import ") && line.value.find('\n') == std::string::npos) continue;
    report.error(line.place,
                 fmt::format("'{}' is not a line that Python runs at its start", line.value),
                 "write one line that starts with \"import \", statements separated by ';'");
  }
}

std::vector<Requirement> read_limits(const Given<toml::Strings>& works_with, toml::Report& report) {
  std::vector<Requirement> limits;
  if (!works_with) return limits;
  for (const auto& [text, place] : works_with->value) {
    auto limit = Requirement::parse(text);
    if (limit && NewestVersion::of(limit->conditions()))
      limits.push_back(*std::move(limit));
    else
      report.error(place,
                   fmt::format("'{}' does not say up to which version a package works", text),
                   "write it as in \"numpy<1.24\"");
  }
  return limits;
}

/// It becomes the condition after a conda package's name.
void check_python(const Given<std::string>& python, toml::Report& report) {
  if (!python) return;
  const auto spec = MatchSpec::parse("python" + python->value);
  if (spec && spec->name() == "python" && spec->names_version()) return;
  report.error(python->place, fmt::format("'{}' is no condition on a version", python->value),
               "write it as conda does, such as \">=3.8,<3.12\"");
}

/// A version is one path component, so `../x` is none.
bool is_version(const std::string& text) {
  return !text.starts_with('.') && text.find('/') == std::string::npos;
}

}  // namespace

std::vector<std::string> recipe_versions(const std::string& folder) {
  std::vector<std::string> versions;
  std::error_code ignored;  // a folder that cannot be read holds no recipe; read_recipe says so
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".toml") versions.push_back(entry.path().stem().string());
  }
  std::ranges::sort(versions);
  return versions;
}

std::optional<Recipe> read_recipe(const std::string& folder,
                                  const toml::Located<std::string>& asked, toml::Report& report) {
  const auto path = fmt::format("{}/{}.toml", folder, asked.value);
  auto text = is_version(asked.value) ? read_text_file(path) : Error{"it is no version", ""};
  if (!text) {
    const auto versions = recipe_versions(folder);
    report.error(
        asked.place,
        fmt::format("framework_version is '{}', which the site has no recipe for", asked.value),
        versions.empty() ? fmt::format("the site's folder of recipes, {}, is empty or cannot be "
                                       "read: an administrator must correct `recipes` in site.toml",
                                       folder)
                         : fmt::format("there are {}", fmt::join(versions, ", ")));
    return std::nullopt;
  }
  auto parsed = toml::parse_toml(*text, path);
  if (auto* finding = std::get_if<Finding>(&parsed)) {
    report.take(std::move(*finding));
    return std::nullopt;
  }
  toml::Report own;
  WrittenRecipe written;
  read_members<WrittenRecipe>(recipe_rows, std::get<toml::Table>(parsed), "", written, own);
  check_startup(written.startup, own);
  auto limits = read_limits(written.works_with, own);
  check_python(written.python, own);
  const bool wrong = own.has_errors();
  report.take(std::move(own));
  if (wrong) return std::nullopt;
  return Recipe{asked.value,
                plain(written.pip),
                plain(written.gpu_pip),
                plain(written.build_constraints),
                plain(written.startup),
                std::move(limits),
                written.python ? written.python->value : std::string()};
}

std::vector<Recipe> all_recipes(const std::string& folder) {
  std::vector<Recipe> recipes;
  for (const auto& version : recipe_versions(folder)) {
    toml::Report ignored;
    recipes.push_back(read_recipe(folder, {version, {}}, ignored).value_or(Recipe{version}));
  }
  return recipes;
}

}  // namespace chainer::input
