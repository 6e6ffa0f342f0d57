#include "node/builder/index_lookup.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/requirement.hpp"
#include "core/text_file.hpp"
#include "node/builder/builder_environment.hpp"
#include "node/builder/host_certificates.hpp"
#include "node/builder/host_exec.hpp"
#include "node/builder/pip_settings.hpp"
#include "node/builder/uv_failure.hpp"
#include "node/builder/work_folder.hpp"

namespace chainer::builder {
namespace {

std::vector<std::string> lines_without_comments(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

constexpr std::string_view file_name = "requirements.txt";

std::vector<std::string> environment_of(const Variables& job, const PipSettings& settings) {
  BuilderPaths paths;
  paths.certificates = host_certificates(job, settings.certificates);
  return builder_environment(job, {}, settings, paths);
}

/// uv's sentence without the words that are in every one: "there is no version of numpy==99.1".
std::string reason_in(std::string_view sentence, std::string_view requirement) {
  constexpr std::string_view head = "Because ";
  constexpr std::string_view tail = ", we can conclude that your requirements are unsatisfiable.";
  if (const auto at = sentence.find(head); at != sentence.npos)
    sentence.remove_prefix(at + head.size());
  if (const auto at = sentence.find(tail); at != sentence.npos) sentence = sentence.substr(0, at);
  const auto asked = " and you require " + std::string(requirement);
  if (sentence.ends_with(asked)) sentence.remove_suffix(asked.size());
  return std::string(sentence);
}

/// Whether the reason is a version of Python: the image's decides that, and nobody here knows it.
bool is_about_python(std::string_view reason) {
  return reason.find("depends on Python") != reason.npos ||
         reason.find("requires Python") != reason.npos ||
         reason.find("Requires-Python") != reason.npos;
}

std::string one_a_line(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

IndexLookup::IndexLookup(ImageExec& host, std::string uv, std::string scratch, const Variables& job)
    : host_(host), uv_(std::move(uv)), scratch_(std::move(scratch)) {
  const auto settings = load_pip_settings(job);
  environment_ = environment_of(job, settings);
  no_index_ = settings.no_index;
}

Result<std::string> IndexLookup::refusal_of(const std::vector<std::string>& requirements) {
  TRY(write_work_file(scratch_, file_name, one_a_line(requirements)));
  std::vector<std::string> argv{
      uv_,           "pip",         "compile", "--no-deps",
      "--universal", "--no-header", "--quiet", work_file(scratch_, file_name)};
  if (no_index_) argv.emplace_back("--no-index");
  TRY_ASSIGN(const auto output, host_.run({std::move(argv), environment_}, [](auto) {}));
  if (output.succeeded()) return std::string();
  auto error = explain_uv_failure("cannot ask the package index", output);
  const bool has_answered = output.err.find("No solution found") != std::string::npos;
  if (!has_answered) return error;
  return std::move(error.what);
}

Result<std::vector<std::string>> IndexLookup::alone_to_blame(
    const std::vector<std::string>& requirements, const std::string& reason,
    std::vector<UnmetRequirement>& found) {
  std::vector<std::string> others;
  for (const auto& requirement : requirements) {
    const auto parsed = Requirement::parse(requirement);
    const bool is_named = parsed && reason.find(parsed->package()) != std::string::npos;
    TRY_ASSIGN(const auto own, is_named ? refusal_of({requirement}) : Result<std::string>(""));
    if (own.empty())
      others.push_back(requirement);
    else if (!is_about_python(own))
      found.push_back({requirement, reason_in(own, requirement)});
  }
  return others;
}

Result<std::vector<UnmetRequirement>> IndexLookup::unmet(std::vector<std::string> requirements) {
  TRY(make_work_folder(scratch_));
  std::vector<UnmetRequirement> found;
  // uv names one reason at a time: the requirements behind it are taken out, and uv is asked about
  // the rest.
  while (!requirements.empty()) {
    TRY_ASSIGN(const auto reason, refusal_of(requirements));
    if (reason.empty()) break;
    TRY_ASSIGN(auto others, alone_to_blame(requirements, reason, found));
    if (others.size() == requirements.size()) {
      if (!is_about_python(reason)) found.push_back({"", reason_in(reason, "")});
      break;
    }
    requirements = std::move(others);
  }
  return found;
}

Result<std::vector<UnmetRequirement>> look_requirements_up(const std::string& file,
                                                           const std::string& tools,
                                                           const std::string& scratch,
                                                           const Variables& job) {
  TRY_ASSIGN(const auto text, read_text_file(file));
  for (const auto* program : {"/uv", "/chainer-inside"}) {
    const auto path = tools + program;
    if (::access(path.c_str(), X_OK) != 0) {
      return Error::from_errno("cannot ask the package index without " + path, errno)
          .with_hint("packaging/make-tools fills the tools folder");
    }
  }
  TRY_ASSIGN(const auto socket, start_host_exec(tools));
  TRY_ASSIGN(auto host, ImageExec::open(socket.get()));
  return IndexLookup(host, tools + "/uv", scratch, job).unmet(lines_without_comments(text));
}

}  // namespace chainer::builder
