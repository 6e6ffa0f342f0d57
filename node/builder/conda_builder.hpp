// Solves and installs conda packages with py-rattler, outside of the image, as the user.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/conda/conda_settings.hpp"
#include "core/result.hpp"
#include "node/builder/image_exec.hpp"
#include "node/builder/variables.hpp"
#include "node/environment/environment_lock.hpp"

namespace chainer::builder {

/// What a machine has that packages can ask for, such as `__glibc` 2.36.
struct VirtualPackage {
  std::string name, version, build;
};

/// What a person's file asks conda for.
struct CondaQuestion {
  std::vector<std::string> channels;  ///< URLs, highest priority first
  std::vector<std::string> specs;
  /// Specs for packages that come along as dependencies; they are kept to where that is possible.
  std::vector<std::string> wishes;
  std::vector<VirtualPackage> machine;
};

class CondaBuilder {
 public:
  struct Setup {
    std::string tools;    ///< the site's tools folder, on the host
    std::string scratch;  ///< where the environment grows, on the host
    std::string prefix;   ///< where it will be used: what is written into its files
    Variables job;
    CondaSettings settings;
  };
  using OnProgress = std::function<void(const std::string& doing)>;

  /// `outside` runs programs on the host.
  CondaBuilder(ImageExec& outside, Setup setup, OnProgress on_progress)
      : outside_(outside), setup_(std::move(setup)), on_progress_(std::move(on_progress)) {}

  /// The builder's name and version, "py-rattler 0.28.0". The first call finds a Python of the host
  /// that can run it.
  Result<std::string> identify();
  /// What this node has, known after `identify`, but with the release of the image's glibc instead
  /// of the host's, and with CUDA only for jobs that have GPUs.
  std::vector<VirtualPackage> machine(const std::string& glibc) const;

  Result<std::vector<environment::LockedCondaPackage>> solve(const CondaQuestion& question,
                                                             const std::string& source);
  /// Fills the scratch folder.
  Result<void> install(const std::vector<environment::LockedCondaPackage>& packages,
                       const std::string& source);

 private:
  /// The members that every request has.
  Result<nlohmann::json> request();
  Result<nlohmann::json> ask(const std::string& command, const nlohmann::json& request,
                             const std::string& what);
  Result<ProgramOutput> run(std::vector<std::string> arguments);
  std::vector<std::string> environment() const;
  Result<void> write_credentials();
  std::string cache();

  ImageExec& outside_;
  Setup setup_;
  OnProgress on_progress_;
  std::string python_;  ///< the host's, once found
  std::string name_;
  std::string cache_;
  std::string auth_file_;
  std::vector<VirtualPackage> machine_;
};

}  // namespace chainer::builder
