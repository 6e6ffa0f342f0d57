#include "submit/doctor/site_health.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "submit/run/guarded_folder.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::doctor {
namespace {

std::string place_of_finding(const Finding& finding) {
  if (finding.at.line == 0) return finding.file;
  return fmt::format("{}:{}:{}", finding.file, finding.at.line, finding.at.column);
}

/// Who has no folder of their own yet makes one with the first run.
std::optional<Error> why_no_run_fits(const std::string& runs, uid_t site_owner,
                                     const std::string& user) {
  const auto shared = run::open_guarded_folder(runs, site_owner);
  if (!shared) return shared.error();
  const auto own = runs + "/" + user;
  const auto& needed = ::access(own.c_str(), F_OK) == 0 ? own : runs;
  if (::access(needed.c_str(), W_OK | X_OK) == 0) return std::nullopt;
  return Error::from_errno("cannot write in " + needed, errno);
}

}  // namespace

HealthFindings check_site_file(const plan::Inspection& inspection, const std::string& file) {
  HealthFindings found;
  if (file.empty()) {
    found.push_back({HealthLevel::problem, "there is no site file", "/etc/chainer/site.toml",
                     "nobody can submit a run to this cluster",
                     "write it there: 'chainer-submit site init' makes a first one"});
    return found;
  }
  for (const auto& finding : inspection.findings) {
    const bool is_error = finding.severity == Severity::error;
    found.push_back({is_error ? HealthLevel::problem : HealthLevel::warning, finding.message,
                     place_of_finding(finding),
                     is_error ? "every estimator is refused" : "it may not mean what was meant",
                     finding.hint.empty() ? "correct the line" : finding.hint});
  }
  return found;
}

std::vector<RunsFolder> look_at_runs(const input::Site& site, const std::string& user) {
  std::vector<RunsFolder> folders{{site.runs, why_no_run_fits(site.runs, site.owner, user)}};
  for (const auto& store : site.data_stores) {
    folders.push_back(
        {store.path, why_no_run_fits(store.path, site.owner, user), store.on_all_nodes});
  }
  return folders;
}

HealthFindings check_runs(const std::vector<RunsFolder>& folders) {
  HealthFindings found;
  for (const auto& folder : folders) {
    if (!folder.failure) continue;
    found.push_back({HealthLevel::problem, folder.failure->what, folder.path,
                     "no run can have its folder there",
                     folder.failure->hint.empty()
                         ? "make it with mode 1777 on a file system that every node sees, or a "
                           "folder for each user in it"
                         : folder.failure->hint});
  }
  return found;
}

std::vector<std::string> default_images(const input::Site& site) {
  std::vector<std::string> images;
  if (site.cpu_image) images.push_back(site.cpu_image->text());
  if (site.gpu_image && (!site.cpu_image || site.gpu_image->text() != site.cpu_image->text()))
    images.push_back(site.gpu_image->text());
  return images;
}

}  // namespace chainer::doctor
