#include "core/container/started_task.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace chainer {
namespace {

struct TaskRecord {
  std::string_view key;
  void (*read)(StartedTask&, std::string_view value);
};

constexpr TaskRecord records_of_a_task[] = {
    {"image", [](StartedTask& t, std::string_view v) { t.settings.image = v; }},
    {"environment", [](StartedTask& t, std::string_view) { t.settings.has_environment = true; }},
    {"keep", [](StartedTask& t, std::string_view v) { t.settings.keep.emplace_back(v); }},
    {"drop", [](StartedTask& t, std::string_view v) { t.settings.drop.emplace_back(v); }},
    {"zone", [](StartedTask& t, std::string_view v) { t.zone_of_host.name = v; }},
    {"rule", [](StartedTask& t, std::string_view v) { t.zone_of_host.rule = v; }},
    {"workdir", [](StartedTask& t, std::string_view v) { t.workdir = v; }},
    {"folder", [](StartedTask& t, std::string_view v) { t.of_job.path = v; }},
    {"demanded", [](StartedTask& t, std::string_view) { t.of_job.is_demanded = true; }},
    {"umask",
     [](StartedTask& t, std::string_view v) {
       std::from_chars(v.data(), v.data() + v.size(), t.umask, 8);
     }},
    {"entrypoint", [](StartedTask& t, std::string_view) { t.entrypoint = true; }},
    {"command", [](StartedTask& t, std::string_view v) { t.command = v; }},
};

bool take_record(std::string_view record, StartedTask& task) {
  const auto equals = record.find('=');
  if (equals == std::string_view::npos) return false;
  const auto* found =
      std::ranges::find(records_of_a_task, record.substr(0, equals), &TaskRecord::key);
  if (found == std::end(records_of_a_task)) return false;
  found->read(task, record.substr(equals + 1));
  return true;
}

std::string octal(mode_t mode) {
  char text[16];
  return {text, std::to_chars(text, text + sizeof text, mode, 8).ptr};
}

}  // namespace

std::string StartedTask::to_text() const {
  std::vector<std::string> records{"image=" + settings.image,   "zone=" + zone_of_host.name,
                                   "rule=" + zone_of_host.rule, "workdir=" + workdir,
                                   "folder=" + of_job.path,     "umask=" + octal(umask),
                                   "command=" + command};
  for (const auto& name : settings.keep) records.push_back("keep=" + name);
  for (const auto& name : settings.drop) records.push_back("drop=" + name);
  if (settings.has_environment) records.emplace_back("environment=");
  if (of_job.is_demanded) records.emplace_back("demanded=");
  if (entrypoint) records.emplace_back("entrypoint=");
  return to_records(records);
}

Result<StartedTask> StartedTask::parse(std::string_view text) {
  StartedTask task;
  for (const auto& record : from_records(text)) {
    if (!take_record(record, task))
      return Error{"'" + record + "' says nothing of a task", "", 0, Fault::defect};
  }
  if (task.command.empty()) return Error{"the task has no command", "", 0, Fault::defect};
  return task;
}

std::string to_records(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(word).push_back('\0');
  return text;
}

std::vector<std::string> from_records(std::string_view text) {
  std::vector<std::string> words;
  for (auto end = text.find('\0'); end != std::string_view::npos; end = text.find('\0')) {
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return words;
}

}  // namespace chainer
