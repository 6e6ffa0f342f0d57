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
  std::vector<std::string> channels;  ///< URLs, the first weighs most
  std::vector<std::string> specs;
  /// Specs for what comes along: kept to where that is possible.
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

  /// "py-rattler 0.28.0". Finds a Python of the host's that can run it. Once.
  Result<std::string> identify();
  /// What this node has, once it is identified: with the release of the image's glibc in the place
  /// of the host's, and CUDA only for those who have GPUs.
  std::vector<VirtualPackage> machine(const std::string& glibc) const;

  Result<std::vector<environment::LockedCondaPackage>> solve(const CondaQuestion& question,
                                                             const std::string& source);
  /// Fills the scratch folder.
  Result<void> install(const std::vector<environment::LockedCondaPackage>& packages,
                       const std::string& source);

 private:
  /// What every request says.
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
