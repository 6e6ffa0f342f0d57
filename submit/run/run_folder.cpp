#include "submit/run/run_folder.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "core/characters.hpp"
#include "submit/run/guarded_folder.hpp"

namespace chainer::run {
namespace {

constexpr std::size_t longest_name = 60;

bool is_plain(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

Result<RunFolder> furnish(int fd, const std::string& path) {
  for (const std::string inner : {"environment", "logs", "attempts"}) {
    auto made = make_own_folder(fd, inner, path + "/" + inner);
    if (!made) {
      RunFolder(path).remove();  // half a folder is of no use to anybody
      return std::move(made).error();
    }
  }
  return RunFolder(path);
}

}  // namespace

std::string runs_of(const std::string& runs, const std::string& user) { return runs + "/" + user; }

Result<OwnRuns> OwnRuns::open(const std::string& runs, uid_t site_owner, const std::string& user) {
  TRY_ASSIGN(auto shared, open_guarded_folder(runs, site_owner));
  const auto path = runs + "/" + user;
  TRY_ASSIGN(auto own, open_own_folder(shared.get(), user, path));
  return OwnRuns(std::move(own), path);
}

std::vector<DatedRun> OwnRuns::newest(std::size_t most) const {
  namespace fs = std::filesystem;
  std::vector<DatedRun> runs;
  std::error_code ignored;  // what cannot be read is not shown
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    for (const auto* name : {"job.sbatch", "job.sh"}) {
      const auto script = entry.path() / name;
      if (!fs::exists(script, ignored)) continue;
      runs.push_back({fs::last_write_time(script, ignored), entry.path().filename().string()});
    }
  }
  std::ranges::sort(runs, std::greater<>());
  if (runs.size() > most) runs.resize(most);
  return runs;
}

std::string folder_name(std::string_view run_name) {
  std::string name;
  for (const char c : run_name.substr(0, longest_name)) {
    if (is_plain(c))
      name += c;
    else if (!name.ends_with('-'))
      name += '-';
  }
  // A leading dot would hide the folder; a leading dash reads as an option.
  while (name.starts_with('.') || name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "run" : name;
}

Result<RunFolder> RunFolder::create(const OwnRuns& runs, const std::string& run_name,
                                    std::time_t now) {
  std::tm local{};
  ::localtime_r(&now, &local);
  const auto wanted = fmt::format("{}-{:%Y%m%d-%H%M%S}", folder_name(run_name), local);
  for (int number = 1;; ++number) {
    const auto name = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
    const auto path = runs.path() + "/" + name;
    auto folder = make_own_folder(runs.fd(), name, path);
    if (folder) return furnish(folder->get(), path);
    if (folder.error().error_number != EEXIST) return std::move(folder).error();
  }
}

Result<RunFolder> RunFolder::create_at(const std::string& path) {
  // Slurm reads it from a line of the script.
  if (std::ranges::any_of(path, [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
    return Error{"a run's folder cannot have a control character in its name",
                 "choose another name", 0, Fault::user};
  }
  auto made = make_own_folder(AT_FDCWD, path, path);
  if (made) return furnish(made->get(), path);
  auto error = std::move(made).error();
  error.fault = Fault::user;
  error.hint = "name a new folder, where you may make one";
  return error;
}

bool RunFolder::is_local() const {
  std::error_code unreadable;
  return std::filesystem::exists(local_script(), unreadable);
}

std::string RunFolder::log(std::string_view job) const {
  return fmt::format("{}/logs/{}.out", path_, job);
}

std::string RunFolder::preparation_log(std::string_view job) const {
  return fmt::format("{}/logs/{}.preparation.log", path_, job);
}

std::vector<std::string> RunFolder::logged_jobs() const {
  constexpr std::string_view digits = "0123456789";
  std::vector<std::string> jobs;
  std::error_code missing;  // then nothing has been written yet
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/logs", missing)) {
    const auto job = entry.path().stem().string();
    const bool is_number = !job.empty() && job.find_first_not_of(digits) == job.npos;
    if (is_number && entry.path().extension() == ".out") jobs.push_back(job);
  }
  std::ranges::sort(jobs, {}, [](const std::string& job) { return std::pair(job.size(), job); });
  return jobs;
}

std::string RunFolder::rank_log(std::string_view job, int attempt, int rank) const {
  return fmt::format("{}/{}.{}/ranks/{}.log", attempts(), job, attempt, rank);
}

void RunFolder::remove() const {
  std::error_code ignored;  // what cannot be removed stays; the error that led here is what matters
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace chainer::run
