// Everything that `check` looks at: files read, rules applied, and the Plan when nothing is wrong.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"
#include "submit/input/this_machine.hpp"
#include "submit/plan/plan.hpp"

namespace chainer::plan {

struct Request {
  std::string file;
  std::string site_file;
  std::vector<std::string> overrides;
  std::string working_folder;   ///< absolute
  std::string template_file{};  ///< --template; empty: the site's, or the program's own
  input::OwnFolders own{};      ///< for a machine without a site file, where `site_file` is empty
};

/// What was read as TOML, before anything is made of it. Each is there if it could be read.
struct Documents {
  std::optional<toml::Table> site;
  std::optional<toml::Table> estimator;   ///< with what --set put into it
  std::optional<toml::Table> definition;  ///< the file that environment_definition names
};

struct Inspection {
  std::vector<Finding> findings;             ///< sorted
  std::map<std::string, std::string> texts;  ///< the text of the findings' files, by name
  std::optional<input::Site> site;
  std::optional<input::Estimator> estimator;  ///< as far as it could be read
  Documents documents;
  std::optional<Plan> plan;  ///< there when, and only when, no finding is an error

  bool is_clean() const { return plan.has_value(); }
  /// The estimator's bytes as read.
  const std::string& estimator_text(const Request& request) const { return texts.at(request.file); }
};

/// Reads only files of this machine: no network, no Slurm.
Inspection inspect(const Request& request);

/// The site file alone.
Inspection inspect_site(const std::string& site_file, const std::string& working_folder,
                        const input::OwnFolders& own = {});

/// All findings as a person reads them.
std::string render(const Inspection& inspection, Colour colour);

}  // namespace chainer::plan
