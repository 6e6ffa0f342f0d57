#include "submit/run/submission_record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/characters.hpp"
#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/text_file.hpp"
#include "version.hpp"

namespace chainer::run {
namespace {

constexpr std::pair<SubmissionState, const char*> words[] = {
    {SubmissionState::submitting, "submitting"},
    {SubmissionState::submitted, "submitted"},
    {SubmissionState::refused, "refused"},
};

const char* word(SubmissionState state) {
  return std::ranges::find(words, state, [](const auto& row) { return row.first; })->second;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

nlohmann::ordered_json git_json(const std::optional<GitState>& git) {
  using Json = nlohmann::ordered_json;
  if (!git) return nullptr;
  return {{"commit", git->commit}, {"dirty", git->is_dirty ? Json(*git->is_dirty) : Json()}};
}

std::optional<GitState> git_of(const nlohmann::json& json) {
  const auto found = json.find("git");
  if (found == json.end() || !found->is_object()) return std::nullopt;
  GitState git{string_member(*found, "commit")};
  const auto dirty = found->find("dirty");
  if (dirty != found->end() && dirty->is_boolean()) git.is_dirty = dirty->get<bool>();
  return git;
}

}  // namespace

Result<void> write_submission(const RunFolder& folder, const SubmissionRecord& record) {
  using Json = nlohmann::ordered_json;
  const Json job = record.job.empty() ? Json() : Json(record.job);
  const Json chosen_template{
      {"file", record.template_file.empty() ? Json() : Json(record.template_file)},
      {"digest", record.template_digest}};
  const Json json{{"run", folder.id()},
                  {"state", word(record.state)},
                  {"job", job},
                  {"submitted", record.asked},
                  {"file", record.file},
                  {"overrides", record.overrides},
                  {"image", record.image},
                  {"template", chosen_template},
                  {"git", git_json(record.git)},
                  {"compute_target", record.target},
                  {"chainer_submit", version}};
  return replace_file(folder.submission(), json_page(json));
}

Result<std::optional<SubmissionRecord>> read_submission(const RunFolder& folder) {
  const auto bytes = read_text_file(folder.submission());
  const auto failure = bytes ? 0 : bytes.error().error_number;
  if (failure == ENOENT || failure == ENOTDIR) return std::optional<SubmissionRecord>();
  if (!bytes) return Error(bytes.error()).within("cannot read " + folder.submission());
  const auto json = parse_json(*bytes);
  if (!json.is_object()) {
    return Error{folder.submission() + " is no record of a submission", "", 0, Fault::user};
  }
  SubmissionRecord record;
  record.job = string_member(json, "job");
  record.file = string_member(json, "file");
  record.image = string_member(json, "image");
  if (const auto found = json.find("template"); found != json.end() && found->is_object()) {
    record.template_file = string_member(*found, "file");
    record.template_digest = string_member(*found, "digest");
  }
  record.git = git_of(json);
  record.target = string_member(json, "compute_target");
  if (json.contains("submitted") && json["submitted"].is_number_integer()) {
    record.asked = json["submitted"].get<std::time_t>();
  }
  if (json.contains("overrides") && json["overrides"].is_array()) {
    for (const auto& one : json["overrides"]) {
      if (one.is_string()) record.overrides.push_back(one.get<std::string>());
    }
  }
  if (string_member(json, "state") == word(SubmissionState::refused)) {
    record.state = SubmissionState::refused;
  } else if (is_number(record.job)) {
    record.state = SubmissionState::submitted;
  }
  return std::optional(std::move(record));
}

}  // namespace chainer::run
