// The conda half of an environment's preparation: what a file asks for, and what comes of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/conda/conda_file.hpp"
#include "node/builder/conda_builder.hpp"
#include "node/builder/image_exec.hpp"
#include "node/builder/requirements_file.hpp"

namespace chainer::builder {

class CondaPart {
 public:
  /// `outside` runs programs on the host. `file` is empty where a lock is given instead.
  CondaPart(ImageExec outside, CondaBuilder::Setup setup, std::optional<CondaFile> file,
            CondaBuilder::OnProgress on_progress);
  CondaPart(const CondaPart&) = delete;  // the builder refers to a member
  CondaPart& operator=(const CondaPart&) = delete;

  /// Finds out what packages can ask of this node and image, and which builder installs them.
  Result<void> look_at_machine(ImageExec& inside);
  /// Everything that decides what a file resolves to, without credentials; `pip` is the file's pip
  /// part. Only after look_at_machine.
  std::string fingerprint(const RequirementsFile& pip) const;

  /// Sets the lock's conda packages and what belongs to them.
  Result<void> resolve(environment::EnvironmentLock& lock, const RequirementsFile& pip,
                       const std::string& source);
  /// Fills the scratch folder, unless it has done so before.
  Result<void> install(const environment::EnvironmentLock& lock, const std::string& source);

 private:
  CondaQuestion question(const RequirementsFile& pip) const;
  void add_spec(CondaQuestion& question, const MatchSpec& spec) const;

  ImageExec outside_;
  const CondaSettings settings_;
  const Variables job_;
  std::optional<CondaFile> file_;
  CondaBuilder builder_;
  std::string builder_name_;
  std::vector<VirtualPackage> machine_;
  bool is_installed_{false};
};

/// A conda environment file's text with its pip part flattened; the error names every mistake.
struct CondaEnvironment {
  CondaFile file;
  RequirementsFile pip;

  static Result<CondaEnvironment> read(const std::string& text, const std::string& path,
                                       const Variables& variables);
};

/// The version of the Python among conda packages; empty when there is none.
std::string python_of(const std::vector<environment::LockedCondaPackage>& packages);

}  // namespace chainer::builder
