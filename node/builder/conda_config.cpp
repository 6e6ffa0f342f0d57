#include "node/builder/conda_config.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace chainer::builder {
namespace {

namespace fs = std::filesystem;

/// Every YAML file of a folder condarc.d, sorted by name.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (fs::directory_iterator it(folder, missing), end; !missing && it != end;
       it.increment(missing)) {
    const auto extension = it->path().extension();
    if (extension == ".yml" || extension == ".yaml") files.push_back(it->path().string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> conda_config_files(const Variables& variables) {
  std::vector<std::string> files{"/etc/conda/.condarc", "/etc/conda/condarc"};
  for (auto& file : files_in("/etc/conda/condarc.d")) files.push_back(std::move(file));
  if (const auto home = value_of(variables, "HOME"); !home.empty()) {
    const auto config = value_of(variables, "XDG_CONFIG_HOME");
    const auto folder = (config.empty() ? home + "/.config" : config) + "/conda";
    for (const auto& name : {folder + "/.condarc", folder + "/condarc", home + "/.conda/.condarc",
                             home + "/.conda/condarc", home + "/.condarc", home + "/.mambarc"}) {
      files.push_back(name);
    }
  }
  for (const auto* name : {"CONDARC", "MAMBARC"}) {
    if (auto chosen = value_of(variables, name); !chosen.empty())
      files.push_back(std::move(chosen));
  }
  return files;
}

CondaSettings load_conda_settings(const Variables& variables) {
  CondaSettings settings;
  for (const auto& path : conda_config_files(variables)) {
    std::ifstream file(path);
    settings.read_file(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  constexpr std::string_view prefix = "CONDA_";
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(prefix)) continue;
    std::string setting = name.substr(prefix.size());
    std::ranges::transform(setting, setting.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    settings.read_variable(setting, value);
  }
  return settings;
}

}  // namespace chainer::builder
