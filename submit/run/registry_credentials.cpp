#include "submit/run/registry_credentials.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/fd_io.hpp"
#include "core/json/json_text.hpp"
#include "core/result.hpp"
#include "core/text_file.hpp"
#include "submit/run/guarded_folder.hpp"
#include "submit/run/local_job.hpp"
#include "submit/run/queue.hpp"

namespace chainer::run {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto three = bytes.substr(at, 3);
    unsigned number = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      number = number << 8 | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= three.size() ? letters[number >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

Result<std::string> read_password_file(const std::string& path) {
  auto text = read_text_file(path);
  if (!text) {
    auto error = std::move(text).error().within("cannot read " + path);
    error.fault = Fault::user;
    return error;
  }
  // An editor adds the line end.
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return text;
}

Result<std::string> read_password(const plan::RegistryLogin& login,
                                  const std::vector<std::string>& environment) {
  if (!login.password_file.empty()) return read_password_file(login.password_file);
  const auto start = login.password_env + "=";
  for (const auto& variable : environment) {
    if (variable.starts_with(start)) return variable.substr(start.size());
  }
  return Error{"image_registry_details.password_env: $" + login.password_env + " is not set",
               "export it, and submit from the same shell", 0, Fault::user};
}

Result<std::string> read_auth_file(const std::string& path) {
  auto text = read_text_file(path);
  const bool is_json = text && parse_json(*text).is_object();
  if (is_json) return text;
  return Error{"cannot use " + path + ": " + (text ? "it is no JSON object" : text.error().what),
               "name a file that docker or podman wrote at login", 0, Fault::user};
}

bool is_young(const std::filesystem::path& mark) {
  std::error_code gone;
  const auto age =
      std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(mark, gone);
  return age < longest_submission;
}

/// Whether a run on this machine is over. One that has just been made has no process yet.
bool is_over(const RunFolder& local, const std::filesystem::path& mark) {
  const bool was_started = !number_of_local_job(local).empty();
  return !is_alive(local) && (was_started || !is_young(mark));
}

/// If they cannot be removed, the next command tries again.
void drop_with_mark(const RunFolder& folder, const std::filesystem::path& mark) {
  std::error_code none;
  drop_credentials(folder);
  if (!std::filesystem::exists(folder.private_folder(), none)) std::filesystem::remove(mark, none);
}

}  // namespace

Result<std::string> read_credentials(const plan::Plan& plan,
                                     const std::vector<std::string>& environment) {
  if (!plan.login) return std::string();
  const auto& login = *plan.login;
  if (!login.auth_file.empty()) return read_auth_file(login.auth_file);
  TRY_ASSIGN(const auto password, read_password(login, environment));
  const nlohmann::json json{
      {"auths", {{login.host, {{"auth", base64(login.username + ":" + password)}}}}}};
  return json_line(json) + "\n";
}

std::vector<std::string> without_password(std::vector<std::string> environment,
                                          const plan::Plan& plan) {
  if (!plan.login || plan.login->password_env.empty()) return environment;
  std::erase_if(environment, [&](const std::string& variable) {
    return variable.starts_with(plan.login->password_env + "=");
  });
  return environment;
}

Result<void> keep_credentials(const RunFolder& folder, const std::string& credentials) {
  TRY(make_own_folder(AT_FDCWD, folder.private_folder(), folder.private_folder()));
  return write_new_file(folder.credentials(), credentials);
}

void drop_credentials(const RunFolder& folder) {
  std::error_code ignored;  // if it cannot be removed, the next command tries again
  std::filesystem::remove_all(folder.private_folder(), ignored);
}

Result<void> mark_credentials(const OwnRuns& runs, const RunFolder& folder) {
  TRY(open_own_folder(runs.fd(), ".with-credentials", runs.with_credentials()));
  return write_new_file(runs.with_credentials() + "/" + folder.id(), "");
}

void drop_old_credentials(const OwnRuns& runs, const Services& services) {
  namespace fs = std::filesystem;
  std::error_code none;
  std::vector<fs::path> marks;
  for (const auto& entry : fs::directory_iterator(runs.with_credentials(), none)) {
    marks.push_back(entry.path());
  }
  std::erase_if(marks, [&](const fs::path& mark) {
    const RunFolder folder(runs.path() + "/" + mark.filename().string());
    if (!folder.is_local()) return false;
    if (is_over(folder, mark)) drop_with_mark(folder, mark);
    return true;
  });
  if (marks.empty()) return;
  const auto answer = list_own_jobs(services.processes, patience_with_queue, ListedJobs::alive);
  const auto* alive = std::get_if<JobsByFolder>(&answer);
  if (!alive) return;  // the next command tries again
  for (const auto& mark : marks) {
    const RunFolder folder(runs.path() + "/" + mark.filename().string());
    const bool may_be_on_its_way =
        fs::exists(runs.unsettled() + "/" + folder.id(), none) && is_young(mark);
    if (may_be_on_its_way || alive->contains(folder.path())) continue;
    drop_with_mark(folder, mark);
  }
}

}  // namespace chainer::run
