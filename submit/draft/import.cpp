#include "submit/draft/import.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/result.hpp"
#include "core/text_file.hpp"
#include "submit/draft/command_job.hpp"
#include "submit/draft/python_call.hpp"
#include "submit/draft/run_configuration.hpp"
#include "submit/draft/yaml_document.hpp"
#include "submit/plan/missing_path.hpp"

namespace chainer::draft {
namespace {

namespace fs = std::filesystem;

void translate_yaml(const std::string& text, Translation& translation) {
  auto parsed = parse_yaml(text, translation.file);
  if (auto* finding = std::get_if<Finding>(&parsed)) {
    translation.report.take(std::move(*finding));
    return;
  }
  const auto& document = std::get<toml::Table>(parsed);
  if (is_command_job(document)) return translate_command_job(document, translation);
  if (is_run_configuration(document)) return translate_run_configuration(document, translation);
  if (find(document, "dependencies")) {
    translation.draft.set("source_directory", translation.path(".", "."));
    return translate_packages(document, translation);
  }
  translation.report.error(
      {translation.file, {}}, "it is none of the files that can be imported",
      "a run configuration has script and target, a command job has command and compute");
}

}  // namespace

Result<Translation> import_file(const std::string& file, const std::string& working_folder,
                                const std::string& target_folder, run::ProcessRunner& processes) {
  const auto whole = (fs::path(working_folder) / file).lexically_normal();
  auto text = read_text_file(whole.string());
  if (!text) {
    return Error{fmt::format("cannot read {}: {}", file, text.error().what),
                 plan::hint_on_missing(file, plan::path_meant_by(file, working_folder), ""), 0,
                 Fault::user};
  }
  Translation translation{file, whole.parent_path().string(), target_folder};
  translation.draft.say(fmt::format("Imported from {} by chainer-submit.", file));
  if (whole.extension() == ".py") {
    TRY(translate_python_call(processes, translation));
  } else {
    translate_yaml(*text, translation);
  }
  for (const auto& finding : translation.report.sorted()) {
    translation.draft.say(
        fmt::format("{}:{}: {}: {}", finding.file, finding.at.line, finding.message, finding.hint));
  }
  translation.draft.set_in("run", "compat", true,
                           "Scripts of the service log with Run.get_context().log(…).");
  translation.texts.emplace_back(file, *std::move(text));
  return translation;
}

}  // namespace chainer::draft
