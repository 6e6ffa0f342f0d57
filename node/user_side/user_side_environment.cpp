#include "node/user_side/user_side_environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/environment_files.hpp"
#include "core/fd_io.hpp"
#include "core/printable.hpp"
#include "core/result.hpp"
#include "core/unique_fd.hpp"
#include "node/archive/tree_tar.hpp"
#include "node/builder/builder_cache.hpp"
#include "node/builder/conda_config.hpp"
#include "node/builder/conda_part.hpp"
#include "node/builder/credentials.hpp"
#include "node/builder/environment_builder.hpp"
#include "node/builder/requirements_file.hpp"
#include "node/builder/work_folder.hpp"
#include "node/environment/environment_lock.hpp"
#include "node/environment/environment_request.hpp"
#include "node/wire/blob_hash.hpp"

namespace chainer::user_side {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

long whole_seconds(Clock::duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

/// What tells this state of the file from another. Not the device: it differs between nodes.
std::string identity_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

/// Writes under another name, syncs and renames; does nothing when the file has this content
/// already.
Result<void> write_atomically(const std::string& path, std::string_view text) {
  if (const auto old = builder::read_user_file(path); old && *old == text) return {};
  auto temporary = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return Error::from_errno("cannot write " + path, errno);
  const auto written = write_all(fd.get(), text);
  if (written && ::fchmod(fd.get(), 0644) == 0 && ::fsync(fd.get()) == 0 &&
      ::rename(temporary.c_str(), path.c_str()) == 0) {
    return {};
  }
  auto error = Error::from_errno("cannot write " + path, errno);
  ::unlink(temporary.c_str());
  return error;
}

class EnvironmentPreparation {
 public:
  EnvironmentPreparation(UserSession& session, const UserSideEnvironment& wanted,
                         const builder::Variables& variables)
      : session_(session),
        wanted_(wanted),
        variables_(variables),
        source_(fs::path(wanted.file).filename().string()),
        name_("environment " + printable(source_)) {}

  Result<void> run() {
    TRY(read_file());
    TRY(read_base());
    TRY_ASSIGN(auto exec, builder::ImageExec::open(wanted_.inside));
    builder::EnvironmentBuilder builder(exec, setup(),
                                        [this](const auto& doing) { progress(doing); });
    TRY(begin_conda(exec));
    TRY(greet(builder));
    return converse(builder);
  }

 private:
  Result<void> read_file() {
    TRY_ASSIGN(const auto text, builder::read_user_file(wanted_.file));
    if (environment::EnvironmentLock::starts(text)) return read_lock(text);
    if (is_conda_file_name(source_)) return read_conda(text);
    TRY_ASSIGN(auto file, builder::load_requirements(wanted_.file, variables_));
    requirements_ = std::move(file);
    return {};
  }

  /// Reads the lock of the base beside the file. Whatever is wrong with it, the environment can be
  /// built whole.
  Result<void> read_base() {
    const auto path = base_lock_of(wanted_.file);
    if (::access(path.c_str(), F_OK) != 0) return {};
    const bool has_conda = conda_file_ || (lock_ && !lock_->conda.empty());
    if (wanted_.base.empty() || has_conda) {
      say(has_conda ? "conda's packages are laid over no curated environment"
                    : "the store has no curated environment of " +
                          printable(fs::path(path).filename().string()) + " for this image");
      return {};
    }
    TRY_ASSIGN(const auto text, builder::read_user_file(path));
    auto lock = environment::EnvironmentLock::parse(text);
    if (!lock) return std::move(lock).error().within("cannot use " + path);
    if (!lock->conda.empty()) return {};
    base_digest_ = wire::BlobHash::of(text);
    base_ = builder::BaseEnvironment{*std::move(lock), wanted_.base};
    return {};
  }

  void say(const std::string& why_whole) const {
    session_.say(
        wire::progress_message(session_.label, name_ + ": " + why_whole + ": it is built whole"));
  }

  Result<void> read_conda(const std::string& text) {
    TRY_ASSIGN(auto environment, builder::CondaEnvironment::read(text, wanted_.file, variables_));
    requirements_ = std::move(environment.pip);
    conda_file_ = std::move(environment.file);
    return {};
  }

  /// Another node's answer may hold conda packages too, but only to a question about a conda file.
  Result<void> begin_conda(builder::ImageExec& inside) {
    if (!conda_file_ && (!lock_ || lock_->conda.empty())) return {};
    TRY_ASSIGN(auto outside, builder::ImageExec::open(wanted_.outside));
    const bool is_asked = conda_file_.has_value();
    conda_.emplace(
        std::move(outside),
        builder::CondaBuilder::Setup{wanted_.host_tools, wanted_.scratch, wanted_.prefix,
                                     variables_, builder::load_conda_settings(variables_)},
        std::move(conda_file_), [this](const auto& doing) { progress(doing); });
    return is_asked ? conda_->look_at_machine(inside) : Result<void>();
  }

  Result<void> read_lock(std::string_view text) {
    auto lock = environment::EnvironmentLock::parse(text);
    if (!lock) return std::move(lock).error().within("cannot use " + wanted_.file);
    if (lock->image != wanted_.image) {
      return Error{"cannot use " + wanted_.file + ": it was made for the image " +
                       lock->image.to_string() + ", and this is " + wanted_.image.to_string(),
                   "give the requirements file instead, or the lock's own image", 0, Fault::user};
    }
    lock_ = std::move(*lock);
    lock_text_ = text;
    return {};
  }

  builder::BuilderSetup setup() const {
    auto settings = builder::load_pip_settings(variables_);
    if (requirements_) settings = requirements_->with_index_options(std::move(settings));
    return {wanted_.image,
            wanted_.scratch,
            {wanted_.prefix, wanted_.tools, cache_.folder(), "", "", false},
            variables_,
            std::move(settings),
            base_};
  }

  Result<void> greet(builder::EnvironmentBuilder& builder) {
    environment::EnvironmentRequest request{wanted_.image, std::nullopt, base_digest_};
    if (requirements_) {
      TRY_ASSIGN(const auto identity, builder.identify());
      request.question = question(identity);
    }
    wire::Hello hello{};
    hello.reference = source_;
    hello.request = request.encode();
    TRY(session_.send(wire::FrameType::hello, hello.encode()));
    return requirements_ ? Result<void>{} : send_lock();
  }

  /// Credentials left out: what they open is the person's own business, and a digest of them is a
  /// hint.
  Digest question(const std::string& builder_identity) const {
    const auto requirements = builder::without_credentials(requirements_->requirements);
    const auto constraints = builder::without_credentials(requirements_->constraints);
    const auto settings =
        requirements_->with_index_options(builder::load_pip_settings(variables_)).fingerprint();
    const auto identity = identity_of(wanted_.file);
    std::vector<std::string_view> parts{requirements, constraints, requirements_->build_constraints,
                                        identity,     settings,    builder_identity};
    if (!requirements_->startup.empty()) parts.push_back(requirements_->startup);
    const auto conda = conda_ ? conda_->fingerprint(*requirements_) : std::string();
    if (conda_) parts.push_back(conda);
    const auto base = base_digest_ ? "over " + base_digest_->hex() : std::string();
    if (base_digest_) parts.push_back(base);
    return environment::digest_of(parts);
  }

  Result<void> send_lock() {
    if (lock_text_.size() > wire::largest_frame) {
      return Error{"cannot use " + wanted_.file + ": its lock would be larger than 1 MiB", "", 0,
                   Fault::user};
    }
    return session_.send(wire::FrameType::environment_lock, lock_text_);
  }

  /// Does what the store's side asks for, until the entry is there.
  Result<void> converse(builder::EnvironmentBuilder& builder) {
    while (true) {
      TRY_ASSIGN(const auto frame, session_.receive());
      switch (frame.type) {
        case wire::FrameType::ready: return finish(frame.payload);
        case wire::FrameType::environment_lock: TRY(read_lock(frame.payload)); break;
        case wire::FrameType::environment_resolve: TRY(resolve(builder)); break;
        case wire::FrameType::environment_build: {
          TRY(frame.payload == environment::difference_only ? build_difference(builder)
                                                            : build(builder));
          break;
        }
        default: return wire::nonsense_of(wire::Peer::stores_side, "sent something unknown");
      }
    }
  }

  Result<void> resolve(builder::EnvironmentBuilder& builder) {
    if (!requirements_)
      return wire::nonsense_of(wire::Peer::stores_side, "asked to resolve a lock");
    TRY_ASSIGN(auto lock,
               conda_ ? resolve_conda(builder) : builder.resolve(*requirements_, source_));
    lock_ = std::move(lock);
    lock_->base = base_digest_;
    lock_text_ = lock_->to_text();
    return send_lock();
  }

  /// Conda's packages first: what pip's part needs beside them shows when they are there.
  Result<environment::EnvironmentLock> resolve_conda(builder::EnvironmentBuilder& builder) {
    environment::EnvironmentLock lock{wanted_.image, "", "uv", "", "", {}, requirements_->startup};
    TRY(conda_->resolve(lock, *requirements_, source_));
    // An environment without conda packages is one of the image's Python, as other files make it.
    if (!lock.conda.empty() && requirements_->requirements.empty()) return lock;
    TRY(install_conda(builder, lock));
    TRY_ASSIGN(auto with_pip, builder.resolve(*requirements_, source_));
    with_pip.conda = std::move(lock.conda);
    with_pip.conda_builder = std::move(lock.conda_builder);
    with_pip.variables = std::move(lock.variables);
    return with_pip;
  }

  Result<void> install_conda(builder::EnvironmentBuilder& builder,
                             const environment::EnvironmentLock& lock) {
    if (lock.conda.empty()) return {};
    if (!conda_)
      return wire::nonsense_of(wire::Peer::stores_side, "sent a lock with conda packages");
    TRY(conda_->install(lock, source_));
    if (const auto python = builder::python_of(lock.conda); !python.empty())
      builder.use_own_python(python);
    return {};
  }

  Result<void> build(builder::EnvironmentBuilder& builder) {
    if (!lock_) return wire::nonsense_of(wire::Peer::stores_side, "asked to build without a lock");
    TRY(install_conda(builder, *lock_));
    TRY(builder.build(*lock_, source_));
    if (!builder.note().empty())
      session_.say(wire::progress_message(session_.label, builder.note()));
    return pack();
  }

  Result<void> build_difference(builder::EnvironmentBuilder& builder) {
    if (!lock_ || !base_)
      return wire::nonsense_of(wire::Peer::stores_side, "asked for a difference to nothing");
    TRY(builder.build_difference(*lock_, source_));
    return pack();
  }

  Result<void> pack() {
    auto sent = archive::write_tree_tar(
        wanted_.scratch, builder::work_folder_name,
        [this](auto bytes) { return session_.send(wire::FrameType::data, bytes); });
    if (sent) sent = session_.send(wire::FrameType::end, {});
    // The store's side has ended it, for a reason that it gives in its next frame.
    if (!sent && sent.error().error_number == EPIPE) return {};
    return sent;
  }

  Result<void> finish(std::string_view payload) {
    TRY_ASSIGN(const auto ready, wire::Ready::decode(payload));
    if (!lock_) return wire::nonsense_of(wire::Peer::stores_side, "sent no lock");
    if (requirements_) keep_lock();
    say_times(ready);
    if (ready.work.made_here) cache_.remove_one_unused();
    return {};
  }

  /// Not being able to write beside the file is no failure: the run's own folder may be read-only.
  void keep_lock() {
    const auto path = wanted_.file + std::string(lock_suffix);
    const auto written = write_atomically(path, lock_text_);
    if (!written)
      session_.say(
          wire::progress_message(session_.label, written.error().what + ": going on without it"));
  }

  /// Of many nodes those speak that had a part in it.
  void say_times(const wire::Ready& ready) {
    const auto& work = ready.work;
    if (!work.made_here && !work.has(Phase::resolve)) return;
    const auto how = work.made_here
                         ? ": ready in " + wire::human_seconds(wire::seconds_since(start_)) + ", " +
                               lock_->count_of_packages() + ", " + wire::human_bytes(work.bytes())
                         : std::string(": is in the store");
    session_.say(wire::progress_message(
        session_.label, name_ + how + " (" + wire::human_phases(work.phases) + ")"));
  }

  /// A sign of life for those who wait, and a line for the person when there is something new to
  /// say. The seconds are the news of a compiler that says nothing for minutes.
  void progress(const std::string& doing) {
    const auto now = Clock::now();
    if (doing != doing_) {
      doing_ = doing;
      since_ = now;
    }
    const auto text =
        printable(doing, 200) + ", " + std::to_string(whole_seconds(now - since_)) + " s";
    static_cast<void>(
        session_.send(wire::FrameType::alive, wire::Alive{text}.encode()).has_value());
    if (since_ != now && now - said_at_ < std::chrono::seconds(10)) return;
    said_at_ = now;
    session_.say(wire::progress_message(session_.label, name_ + ": " + text));
  }

  UserSession& session_;
  const UserSideEnvironment& wanted_;
  const builder::Variables& variables_;
  const builder::BuilderCache cache_{builder::BuilderCache::open(variables_, wanted_.image)};
  const std::string source_;
  const std::string name_;
  Clock::time_point start_{Clock::now()};
  std::optional<builder::RequirementsFile> requirements_{};  ///< empty when the person gave a lock
  std::optional<CondaFile> conda_file_{};                    ///< until conda_ has it
  std::optional<builder::CondaPart> conda_{};                ///< where conda packages are asked for
  std::optional<builder::BaseEnvironment> base_{};           ///< a curated one that is at hand
  std::optional<Digest> base_digest_{};                      ///< of its lock's bytes
  std::optional<environment::EnvironmentLock> lock_{};
  std::string lock_text_{};  ///< its bytes, as they were given: their digest names the environment
  std::string doing_{};
  Clock::time_point since_{};
  Clock::time_point said_at_{};
};

}  // namespace

int prepare_environment(UserSession& session, const UserSideEnvironment& wanted,
                        const builder::Variables& variables) {
  const auto prepared = EnvironmentPreparation(session, wanted, variables).run();
  return prepared ? 0 : session.fail(prepared.error());
}

}  // namespace chainer::user_side
