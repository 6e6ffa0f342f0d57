#include "submit/draft/command_job.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "submit/draft/yaml_document.hpp"

namespace chainer::draft {
namespace {

/// The words of a command as a shell splits them; nothing when it holds more than plain words.
std::optional<std::vector<std::string>> words_of(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool has_word = false;
  char quote = 0;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char c = command[at];
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      has_word = true;
    } else if (c == ' ' || c == '\n' || c == '\t') {
      if (has_word) words.push_back(std::move(word));
      word.clear();
      has_word = false;
    } else if (std::string_view("|&;<>`$()\\").find(c) != std::string_view::npos) {
      return std::nullopt;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (quote) return std::nullopt;
  if (has_word) words.push_back(std::move(word));
  return words;
}

/// Puts the inputs that are plain values into the command. `left` names the first one that is not.
std::string with_inputs(std::string command, const toml::Table* inputs, std::string& left) {
  for (auto from = command.find("${{"); from != std::string::npos;
       from = command.find("${{", from)) {
    const auto end = command.find("}}", from);
    if (end == std::string::npos) break;
    auto name = command.substr(from + 3, end - from - 3);
    std::erase(name, ' ');
    const auto* value =
        inputs && name.starts_with("inputs.") ? find(*inputs, name.substr(7)) : nullptr;
    const auto text = value ? plain_text(*value) : std::string();
    if (text.empty()) {
      left = name;
      return command;
    }
    command.replace(from, end + 2 - from, text);
    from += text.size();
  }
  return command;
}

void translate_command(const toml::Table& document, Translation& translation) {
  const auto& command = *find(document, "command");
  std::string left;
  const auto text = with_inputs(plain_text(command), find_table(document, "inputs"), left);
  if (!left.empty()) {
    translation.cannot(command.place, "${{" + left + "}} in the command",
                       "write the path that the script is to get into script_args");
  }
  auto words = left.empty() ? words_of(text) : std::nullopt;
  if (!words || words->size() < 2 || !(*words)[0].starts_with("python") ||
      (*words)[1].starts_with('-')) {
    translation.cannot(command.place, "command",
                       "expected `python SCRIPT ARGUMENT…`: name entry_script and script_args");
    return;
  }
  translation.draft.set("entry_script", (*words)[1]);
  toml::Array arguments;
  for (std::size_t n = 2; n < words->size(); ++n) arguments.push_back({(*words)[n], command.place});
  if (!arguments.empty()) translation.draft.set("script_args", std::move(arguments));
}

void translate_resources(const toml::Table& document, Translation& translation) {
  if (const auto* resources = find_table(document, "resources")) {
    if (const auto* nodes = find(*resources, "instance_count")) {
      translation.draft.set("node_count", nodes->data);
    }
    if (const auto* size = find(*resources, "shm_size")) {
      translation.draft.set("shm_size", plain_text(*size));
    }
    if (const auto* type = find(*resources, "instance_type")) {
      translation.cannot(type->place, "resources.instance_type = " + plain_text(*type),
                         "a machine of the service: compute_target names one of the site's");
    }
    name_the_rest(*resources, {"instance_count", "shm_size", "instance_type"}, "resources.",
                  translation);
  }
  const auto* distribution = find_table(document, "distribution");
  if (!distribution) return;
  const auto* type = find(*distribution, "type");
  if (!type || plain_text(*type) != "mpi") {
    translation.cannot(find(document, "distribution")->place, "distribution",
                       "Chainer talks over MPI alone");
    return;
  }
  toml::Table training{{"type", {}, {std::string("mpi"), {}}}};
  if (const auto* count = find(*distribution, "process_count_per_instance")) {
    training.push_back({"process_count_per_node", {}, *count});
  }
  translation.draft.set("distributed_training", std::move(training));
}

void translate_environment_of_job(const toml::Table& document, Translation& translation) {
  const auto* environment = find(document, "environment");
  if (!environment) return;
  const auto* table = std::get_if<toml::Table>(&environment->data);
  if (!table) {
    translation.cannot(environment->place, "environment " + plain_text(*environment),
                       "it is in the service: name framework_version and packages");
    return;
  }
  if (const auto* image = find(*table, "image")) translate_image(*image, translation);
  if (const auto* conda = find(*table, "conda_file")) {
    const auto* written = std::get_if<toml::Table>(&conda->data);
    const auto name = plain_text(*conda);
    if (written) {
      translate_packages(*written, translation);
    } else {
      const auto path = std::filesystem::path(translation.folder) / name;
      translate_conda_file(path.lexically_normal().string(), name, conda->place, translation);
    }
  }
  name_the_rest(*table, {"image", "conda_file", "name", "version"}, "environment.", translation);
}

void translate_inputs(const toml::Table& document, Translation& translation) {
  const auto* inputs = find_table(document, "inputs");
  if (!inputs) return;
  for (const auto& input : *inputs) {
    if (plain_text(input.value).empty()) {
      translation.cannot(input.key_place, "inputs." + input.key,
                         "the data is in the service: copy it, and name its path in inputs");
    }
  }
}

void translate_description(const toml::Table& document, Translation& translation) {
  auto& draft = translation.draft;
  const auto* name = find(document, "experiment_name");
  if (!name) name = find(document, "display_name");
  if (name) draft.set_in("run", "name", plain_text(*name));
  if (const auto* text = find(document, "description")) {
    draft.set_in("run", "description", plain_text(*text));
  }
  if (const auto* tags = find_table(document, "tags")) {
    toml::Array words;
    for (const auto& tag : *tags) words.push_back({tag.key + "=" + plain_text(tag.value), {}});
    draft.set_in("run", "tags", std::move(words));
  }
}

}  // namespace

bool is_command_job(const toml::Table& document) { return find(document, "command") != nullptr; }

void translate_command_job(const toml::Table& document, Translation& translation) {
  auto& draft = translation.draft;
  const auto* code = find(document, "code");
  draft.set("source_directory", translation.path(code ? plain_text(*code) : ".", "."));
  translate_command(document, translation);
  if (const auto* compute = find(document, "compute")) {
    auto name = plain_text(*compute);
    if (name.starts_with("azureml:")) name.erase(0, std::string("azureml:").size());
    draft.set("compute_target", name);
  }
  translate_resources(document, translation);
  if (const auto* limits = find_table(document, "limits")) {
    if (const auto* timeout = find(*limits, "timeout")) {
      draft.set("max_run_duration_seconds", timeout->data);
    }
  }
  translate_environment_of_job(document, translation);
  if (const auto* variables = find_table(document, "environment_variables")) {
    for (const auto& variable : *variables) {
      draft.set_in("environment_variables", variable.key, plain_text(variable.value));
    }
  }
  translate_description(document, translation);
  translate_inputs(document, translation);
  name_the_rest(document,
                {"$schema", "type", "command", "code", "inputs", "environment", "compute",
                 "resources", "distribution", "environment_variables", "experiment_name",
                 "display_name", "description", "tags", "limits", "name"},
                "", translation);
}

}  // namespace chainer::draft
