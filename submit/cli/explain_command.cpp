#include "submit/cli/explain_command.hpp"

#include <fmt/format.h>

#include "core/diagnostics.hpp"
#include "core/printable.hpp"
#include "submit/cli/answer.hpp"
#include "submit/cli/explanation.hpp"
#include "submit/cli/json_text.hpp"

namespace chainer::cli {
namespace {

run::ExitCode unknown_key(const CommandLine& line, run::Console& console) {
  const auto keys = input::all_keys();
  std::vector<std::string_view> names;
  for (const auto& known : keys) names.push_back(known.info.name);
  auto meant = input::meant_by(line.key);
  if (meant.empty()) meant = nearest(line.key, names);
  return show_error(line,
                    {fmt::format("no key is called '{}'", printable(line.key)),
                     meant.empty() ? "chainer-submit explain lists every key"
                                   : fmt::format("did you mean '{}'?", meant)},
                    run::ExitCode::wrong_usage, console);
}

template <typename T>
const T* pointer_to(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

input::Documents documents_of(const plan::Request& request, const plan::Inspection& inspection) {
  const auto& read = inspection.documents;
  const bool is_without_site = request.site_file.empty() && inspection.site;
  return {pointer_to(read.estimator), pointer_to(read.definition), pointer_to(read.site),
          is_without_site ? &inspection.site->default_framework_version : nullptr};
}

/// `key` is null for all keys.
std::string answer(Format format, const input::ListedKey* key,
                   const std::optional<input::Documents>& documents) {
  if (format == Format::json) {
    return keys_json(key ? std::vector{*key} : input::all_keys(), documents);
  }
  if (documents) return key ? explain(*key, *documents) : explain_all(*documents);
  return key ? explain(*key) : explain_all();
}

}  // namespace

run::ExitCode explain_keys(const CommandLine& line, const Surroundings& surroundings,
                           run::Console& console) {
  const auto key = line.key.empty() ? std::nullopt : input::find_key(line.key);
  if (!line.key.empty() && !key) return unknown_key(line, console);
  if (line.file.empty()) {
    if (!line.overrides.empty()) {
      return show_error(line, {"--set is given, and no file that it would change", "add --in FILE"},
                        run::ExitCode::wrong_usage, console);
    }
    console.out(answer(line.format, pointer_to(key), std::nullopt));
    return run::ExitCode::done;
  }
  const auto request = request_of(line, surroundings);
  const auto inspection = plan::inspect(request);
  if (!inspection.documents.estimator) {
    show_findings(line, inspection, console);
    return run::ExitCode::wrong_input;
  }
  console.out(answer(line.format, pointer_to(key), documents_of(request, inspection)));
  return run::ExitCode::done;
}

}  // namespace chainer::cli
