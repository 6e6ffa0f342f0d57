// What a doctor says of the site file and of the folders that it names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/health.hpp"
#include "submit/plan/inspection.hpp"

namespace chainer::doctor {

/// What is wrong with the file itself; `file` is its name, empty where there is none.
HealthFindings check_site_file(const plan::Inspection& inspection, const std::string& file);

struct RunsFolder {
  std::string path;
  std::optional<Error> failure{};  ///< why a run cannot have its folder there
  bool is_on_all_nodes{true};
};

/// The folders of runs as `user`, who is the account of this process, finds them. Makes nothing.
std::vector<RunsFolder> look_at_runs(const input::Site& site, const std::string& user);
HealthFindings check_runs(const std::vector<RunsFolder>& folders);

/// The images that runs get which name none.
std::vector<std::string> default_images(const input::Site& site);

}  // namespace chainer::doctor
