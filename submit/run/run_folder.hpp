// Where a run lives: <runs>/<user>/<run>, with everything that belongs to it.
#pragma once

#include <compare>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "submit/input/site.hpp"

namespace chainer::run {

/// A user's folder of runs in one of the site's.
std::string runs_of(const std::string& runs, const std::string& user);

/// A run, and when its script was written.
struct DatedRun {
  std::filesystem::file_time_type written;
  std::string name;

  friend auto operator<=>(const DatedRun&, const DatedRun&) = default;
};

/// A user's folder of runs, open, and known to be nobody else's to write or to exchange: what is
/// done below its path afterwards is done there.
class OwnRuns {
 public:
  /// Opens `<runs>/<user>`, and makes it where it is missing. `runs` is the site's folder, and
  /// `site_owner` the account that says so.
  static Result<OwnRuns> open(const std::string& runs, uid_t site_owner, const std::string& user);

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  /// Where the snapshots of all the user's runs keep each content once.
  std::string objects() const { return path_ + "/objects"; }
  /// The newest runs, newest first, at most `most`.
  std::vector<DatedRun> newest(std::size_t most) const;
  /// Holds an empty file, named as the run, for each run that sbatch was asked for and whose job is
  /// not known yet.
  std::string unsettled() const { return path_ + "/.unsettled"; }
  /// Holds such a file for each run that may have credentials in its folder.
  std::string with_credentials() const { return path_ + "/.with-credentials"; }

 private:
  OwnRuns(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

/// A run's name as the name of a folder: letters, digits, `.`, `_` and `-`, at most 60.
std::string folder_name(std::string_view run_name);

/// The paths inside of one run's folder.
class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}

  /// Makes `<name>-<time>` in the user's runs, with a number after it when that exists, and the
  /// folders in it. Only the user may enter.
  static Result<RunFolder> create(const OwnRuns& runs, const std::string& run_name,
                                  std::time_t now);

  /// The same at a path of the user's own choice, where nothing may exist yet.
  static Result<RunFolder> create_at(const std::string& path);

  const std::string& path() const { return path_; }
  /// The run's name: the last part of the path.
  std::string id() const { return path_.substr(path_.rfind('/') + 1); }
  std::string estimator() const { return path_ + "/estimator.toml"; }
  std::string plan() const { return path_ + "/plan.json"; }
  std::string script() const { return path_ + "/job.sbatch"; }
  /// The script of a run on this machine, which takes the other's place.
  std::string local_script() const { return path_ + "/job.sh"; }
  bool is_local() const;
  /// For a run on this machine: locked as long as it goes on; says whose process it is.
  std::string running() const { return path_ + "/.running"; }
  /// What a rank wrote in an attempt of a job.
  std::string rank_log(std::string_view job, int attempt, int rank) const;
  std::string functions() const { return path_ + "/run.bash"; }
  std::string rank_program() const { return path_ + "/rank.py"; }
  std::string ranks_program() const { return path_ + "/ranks.sh"; }
  std::string stage_program() const { return path_ + "/stage.py"; }
  /// For what only the job may read, and nobody may once it is over.
  std::string private_folder() const { return path_ + "/private"; }
  std::string credentials() const { return private_folder() + "/auth.json"; }
  std::string submission() const { return path_ + "/submission.json"; }
  std::string source() const { return path_ + "/source"; }
  /// The value of --chainer-env; one of the two exists.
  std::string requirements() const { return path_ + "/environment/requirements.txt"; }
  std::string conda() const { return path_ + "/environment/environment.yml"; }
  /// Added to the end of PYTHONPATH for runs with `run.compat`; rank.py knows this name.
  std::string compat() const { return path_ + "/compat"; }
  std::string metrics() const { return path_ + "/metrics.jsonl"; }
  std::string attempts() const { return path_ + "/attempts"; }
  std::string log(std::string_view job) const;
  std::string preparation_log(std::string_view job) const;
  /// The jobs of which there is a log, in the order of their numbers: several of an array, and of a
  /// run that was sent again.
  std::vector<std::string> logged_jobs() const;

  /// Removes the folder and all that is in it.
  void remove() const;

 private:
  std::string path_;
};

}  // namespace chainer::run
