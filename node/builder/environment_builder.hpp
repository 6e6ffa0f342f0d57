// Resolves and builds a Python environment inside the image, with uv.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/builder/builder_environment.hpp"
#include "node/builder/image_exec.hpp"
#include "node/builder/requirements_file.hpp"
#include "node/environment/environment_lock.hpp"

namespace chainer::builder {

/// A curated environment that the image can see while another one is built.
struct BaseEnvironment {
  environment::EnvironmentLock lock;
  std::string place;  ///< where the image sees its tree
};

/// One preparation's workshop: the scratch folder, which the image sees at `paths.prefix`.
struct BuilderSetup {
  Digest image;
  std::string scratch;  ///< on the host
  BuilderPaths paths;   ///< inside the image
  Variables job;
  PipSettings settings;
  std::optional<BaseEnvironment> base{};  ///< its versions are preferred
};

class EnvironmentBuilder {
 public:
  /// Says what is going on, about every second.
  using OnProgress = std::function<void(const std::string& doing)>;

  EnvironmentBuilder(ImageExec& exec, BuilderSetup setup, OnProgress on_progress)
      : exec_(exec), setup_(std::move(setup)), on_progress_(std::move(on_progress)) {}

  /// From now on the Python that conda has put into the scratch folder is used instead of the
  /// image's; `version` is that Python's. Pip packages are installed beside conda's.
  void use_own_python(const std::string& version);

  /// The builder's name and version as it states them, "uv 0.13.9".
  Result<std::string> identify();
  /// Locks `file` for this image. `source` is what the person calls it.
  Result<environment::EnvironmentLock> resolve(const RequirementsFile& file,
                                               const std::string& source);
  /// Fills the scratch folder with the environment. `source` is what a person calls it.
  Result<void> build(const environment::EnvironmentLock& lock, const std::string& source);

  /// Fills the scratch folder only with what the environment adds to the base, and with an OCI
  /// whiteout for everything of the base that it does not have.
  Result<void> build_difference(const environment::EnvironmentLock& lock,
                                const std::string& source);

  /// What to tell the person beside the progress; empty when all is as it should be.
  const std::string& note() const { return note_; }

 private:
  /// Finds the image's python3, and puts what uv needs of the host into the work folder. Needed
  /// once.
  Result<void> prepare();
  Result<void> copy_certificates();
  Result<void> copy_find_links();
  Result<void> find_python();
  Result<void> find_image_python();
  Result<void> ask_python(const std::string& python, const std::string& cache);

  Result<std::vector<environment::LockedPackage>> compile(std::vector<std::string> arguments,
                                                          const RequirementsFile& file,
                                                          const std::string& source);
  Result<std::vector<environment::LockedPackage>> resolve_packages(const RequirementsFile& file,
                                                                   const std::string& source);
  Result<std::vector<environment::LockedPackage>> resolve_beside_conda(const RequirementsFile& file,
                                                                       const std::string& source);
  Result<void> make_virtual_environment();
  Result<void> install(const environment::EnvironmentLock& lock, const std::string& source);
  Result<void> hide_in_base(const environment::EnvironmentLock& lock);
  Result<void> install_beside_conda(const environment::EnvironmentLock& lock,
                                    const std::string& source);
  Result<void> finish_byte_code();
  Result<void> write_variables(const environment::EnvironmentLock& lock) const;
  Result<void> write_startup(const std::string& startup) const;
  /// The startup file's path below the environment's folder.
  std::string startup_file() const;
  Result<void> write(const std::string& name, std::string_view text) const;
  /// The path that a file in the work folder has inside.
  std::string inside(const std::string& name) const;
  std::vector<std::string> with_options(std::vector<std::string> arguments,
                                        const std::string& build_constraints) const;
  Result<ProgramOutput> run(std::vector<std::string> argv, const std::string& doing);
  Result<ProgramOutput> run_uv(std::vector<std::string> arguments, const std::string& doing);

  ImageExec& exec_;
  BuilderSetup setup_;
  OnProgress on_progress_;
  std::string python_;          ///< its path inside the image, once it is known to work
  std::string python_version_;  ///< "3.11.2"
  std::string uv_version_;
  std::string note_;
};

}  // namespace chainer::builder
