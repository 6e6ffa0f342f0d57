#include "submit/plan/script_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "submit/plan/python_text.hpp"

namespace chainer::plan {
namespace {

/// Linux refuses a longer argument (MAX_ARG_STRLEN, with the NUL).
constexpr std::size_t longest_argument = 128 * 1024 - 1;

bool contains(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// A value's form on a command line; nothing for arrays and tables.
std::optional<std::string> printed(const toml::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value.data)) return python_float(*number);
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "True" : "False";
  if (const auto* date = std::get_if<toml::Date>(&value.data)) return date->python;
  return std::nullopt;
}

class ArgumentWriter {
 public:
  explicit ArgumentWriter(toml::Report& report) : report_(report) {}

  ArgumentGroup group(const toml::Member& member) {
    ArgumentGroup group;
    add(member.key, member.key_place, group);
    const auto* text = std::get_if<std::string>(&member.value.data);
    if (text && text->empty()) return group;
    if (const auto* array = std::get_if<toml::Array>(&member.value.data)) {
      for (const auto& element : *array) add_value(element, "an element of an array", group);
    } else {
      add_value(member.value, member.key, group);
    }
    return group;
  }

  void add(const std::string& argument, const toml::Place& place, ArgumentGroup& group) {
    if (argument.find('\0') != std::string::npos) {
      return report_.error(place, "an argument holds a NUL byte, which no program can be given");
    }
    if (argument.size() > longest_argument) {
      return report_.error(place,
                           fmt::format("an argument has {} bytes, and Linux passes at most {}",
                                       argument.size(), longest_argument),
                           "put it into a file of source_directory");
    }
    group.push_back(argument);
  }

 private:
  void add_value(const toml::Value& value, std::string_view what, ArgumentGroup& group) {
    if (auto text = printed(value)) return add(*text, value.place, group);
    toml::report_wrong_type(value, what, "a string, a number, a boolean or a date", report_);
  }

  toml::Report& report_;
};

int major_version(std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

}  // namespace

std::vector<ArgumentGroup> script_arguments(const input::Estimator& estimator,
                                            toml::Report& report) {
  ArgumentWriter writer(report);
  std::vector<ArgumentGroup> groups;
  if (estimator.script_params) {
    for (const auto& member : estimator.script_params->value)
      groups.push_back(writer.group(member));
  }
  if (estimator.script_args) {
    for (const auto& argument : estimator.script_args->value) {
      writer.add(argument.value, argument.place, groups.emplace_back());
    }
  }
  return groups;
}

void warn_about_communicator(std::string_view name, const toml::Place& place, bool use_gpu,
                             std::string_view framework_version, toml::Report& report) {
  const int major = major_version(framework_version);
  if (major >= 7 && contains({"hierarchical", "two_dimensional", "single_node"}, name)) {
    report.warning(place, fmt::format("the communicator {} ended with Chainer 5", name),
                   "version 7 has pure_nccl, flat, naive, non_cuda_aware and dummy");
  } else if (!use_gpu && contains({"hierarchical", "two_dimensional", "single_node", "pure_nccl",
                                   "flat", "non_cuda_aware"},
                                  name)) {
    report.warning(place,
                   fmt::format("the communicator {} needs GPUs, and use_gpu is not set", name),
                   "without a GPU only naive works");
  }
}

void warn_about_flags(const input::Estimator& estimator, std::string_view framework_version,
                      toml::Report& report) {
  if (!estimator.script_params) return;
  const bool use_gpu = estimator.use_gpu && estimator.use_gpu->value;
  for (const auto& [key, key_place, value] : estimator.script_params->value) {
    const auto text = printed(value).value_or("");
    if (contains({"--communicator", "--comm"}, key)) {
      warn_about_communicator(text, value.place, use_gpu, framework_version, report);
    }
    if (!use_gpu && contains({"--gpu", "--gpus", "--use-gpu", "--use_gpu", "-g"}, key) &&
        !contains({"-1", "False"}, text)) {
      report.warning(key_place, fmt::format("{} asks for a GPU, and use_gpu is not set", key),
                     "set use_gpu = true, or remove the flag");
    }
  }
}

}  // namespace chainer::plan
