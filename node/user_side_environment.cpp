#include "node/user_side_environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/env_lock_head.hpp"
#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"
#include "node/credentials.hpp"
#include "node/environment_builder.hpp"
#include "node/environment_lock.hpp"
#include "node/environment_request.hpp"
#include "node/frame.hpp"
#include "node/message.hpp"
#include "node/protocol.hpp"
#include "node/requirements_file.hpp"
#include "node/scratch_folder.hpp"
#include "node/tree_tar.hpp"

namespace chainer {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

long whole_seconds(Clock::duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

/// A built source package belongs to the image that it was built in (it links the image's MPI), so
/// every image has a cache of its own.
std::string cache_folder(const Variables& variables, const Digest& image) {
  auto base = value_of(variables, "UV_CACHE_DIR");
  if (base.empty()) {
    const auto home = value_of(variables, "HOME");
    base = value_of(variables, "XDG_CACHE_HOME");
    if (base.empty() && !home.empty()) base = home + "/.cache";
    if (base.empty()) return {};
    base += "/chainer/uv";
  }
  const auto folder = base + "/" + image.hex().substr(0, 16);
  std::error_code failure;
  fs::create_directories(folder, failure);  // when it fails the builder finds it unusable, and says so
  return folder;
}

/// What tells this state of the file from another. Not the device: it differs between nodes.
std::string identity_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

/// temp name, fsync, rename; nothing when the file has this content already.
Result<void> write_atomically(const std::string& path, std::string_view text) {
  if (const auto old = read_user_file(path); old && *old == text) return {};
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

class Preparation {
 public:
  using Say = std::function<void(std::string_view)>;

  Preparation(const EnvironmentTask& task, const Variables& variables, const Say& say)
      : task_(task), variables_(variables), say_(say), name_(fs::path(task.file).filename().string()),
        reader_(task.control_in), writer_(task.data_out) {}

  Result<void> run() {
    auto done = prepare();
    // A store's side that failed while we were sending has said so before it went.
    if (!done && done.error().error_number == EPIPE) {
      const auto frame = reader_.read();
      if (frame && *frame && (*frame)->type == FrameType::failure) return peer_failure((*frame)->payload);
    }
    return done;
  }

  /// True when the store's side has printed the error that ended this.
  bool peer_printed() const { return peer_printed_; }

  void send_failure(const Error& error) {
    static_cast<void>(writer_.write(FrameType::failure, Failure{error}.encode()).has_value());
  }

 private:
  Result<void> prepare() {
    if (auto read = read_file(); !read) return read;
    auto exec = ImageExec::open(task_.inside);
    if (!exec) return std::move(exec).error();
    EnvironmentBuilder builder(*exec, setup(), [this](const auto& doing) { progress(doing); });
    if (auto greeted = greet(builder); !greeted) return greeted;
    return converse(builder);
  }

  Result<void> read_file() {
    if (name_.ends_with(".yml") || name_.ends_with(".yaml")) {
      return Error{"cannot use " + task_.file + ": conda environments are not supported yet",
                   "list the packages in a requirements.txt", 0, Fault::user};
    }
    const auto text = read_user_file(task_.file);
    if (!text) return text.error();
    if (EnvLockHead::starts(*text)) return read_lock(*text);
    auto file = load_requirements(task_.file, variables_);
    if (!file) return std::move(file).error();
    requirements_ = std::move(*file);
    return {};
  }

  Result<void> read_lock(std::string_view text) {
    auto lock = EnvironmentLock::parse(text);
    if (!lock) return std::move(lock).error().within("cannot use " + task_.file);
    if (lock->image != task_.image) {
      return Error{"cannot use " + task_.file + ": it was made for the image " + lock->image.to_string() +
                       ", and this is " + task_.image.to_string(),
                   "give the requirements file instead, or the lock's own image", 0, Fault::user};
    }
    lock_ = std::move(*lock);
    return {};
  }

  BuilderSetup setup() const {
    auto settings = load_pip_settings(variables_);
    if (requirements_) settings = requirements_->with_index_options(std::move(settings));
    return {task_.image,
            task_.scratch,
            {task_.prefix, task_.tools, cache_folder(variables_, task_.image), ""},
            variables_,
            std::move(settings)};
  }

  Result<void> greet(EnvironmentBuilder& builder) {
    EnvironmentRequest request{task_.image, std::nullopt};
    if (requirements_) {
      const auto identity = builder.identify();
      if (!identity) return identity.error();
      request.question = question(*identity);
    }
    Hello hello{};
    hello.kind = PreparationKind::environment;
    hello.reference = name_;
    hello.request = request.encode();
    if (auto sent = writer_.write(FrameType::hello, hello.encode()); !sent) return sent;
    return requirements_ ? Result<void>{} : send_lock();
  }

  /// Credentials left out: what they open is the person's own business, and a digest of them is a hint.
  Digest question(const std::string& builder_identity) const {
    const auto requirements = without_credentials(requirements_->requirements);
    const auto constraints = without_credentials(requirements_->constraints);
    const auto settings = requirements_->with_index_options(load_pip_settings(variables_)).fingerprint();
    return digest_of({requirements, constraints, requirements_->build_constraints,
                      identity_of(task_.file), settings, builder_identity});
  }

  Result<void> send_lock() {
    const auto text = lock_->to_text(::getuid());
    if (text.size() > largest_frame) {
      return Error{"cannot use " + task_.file + ": its lock would be larger than 1 MiB", "", 0, Fault::user};
    }
    return writer_.write(FrameType::environment_lock, text);
  }

  /// Does what the store's side asks for, until the entry is there.
  Result<void> converse(EnvironmentBuilder& builder) {
    while (true) {
      const auto frame = reader_.expect();
      if (!frame) return frame.error();
      switch (frame->type) {
        case FrameType::ready: return finish(frame->payload);
        case FrameType::failure: return peer_failure(frame->payload);
        case FrameType::environment_lock:
          if (auto read = read_lock(frame->payload); !read) return read;
          break;
        case FrameType::environment_resolve:
          if (auto done = resolve(builder); !done) return done;
          break;
        case FrameType::environment_build:
          if (auto done = build(builder); !done) return done;
          break;
        default: return Error{"the store's side sent something unknown", "", 0, Fault::defect};
      }
    }
  }

  Result<void> resolve(EnvironmentBuilder& builder) {
    if (!requirements_) return Error{"the store's side asked to resolve a lock", "", 0, Fault::defect};
    const auto start = Clock::now();
    auto lock = builder.resolve(*requirements_, name_);
    if (!lock) return std::move(lock).error();
    lock_ = std::move(*lock);
    phases_.push_back({"resolve", seconds_since(start)});
    return send_lock();
  }

  Result<void> build(EnvironmentBuilder& builder) {
    if (!lock_) return Error{"the store's side asked to build without a lock", "", 0, Fault::defect};
    const auto start = Clock::now();
    if (auto built = builder.build(*lock_); !built) return built;
    phases_.push_back({"build", seconds_since(start)});
    if (!builder.note().empty()) say_(progress_message(task_.label, builder.note()));
    return pack();
  }

  Result<void> pack() {
    const auto start = Clock::now();
    auto packed = write_tree_tar(task_.scratch, EnvironmentBuilder::work_folder, [this](auto bytes) {
      return writer_.write(FrameType::data, bytes);
    });
    if (!packed) return packed;
    phases_.push_back({"pack", seconds_since(start)});
    return writer_.write(FrameType::end, "");
  }

  Result<void> peer_failure(std::string_view payload) {
    peer_printed_ = true;
    const auto failure = Failure::decode(payload);
    return failure ? failure->error : failure.error();
  }

  Result<void> finish(std::string_view payload) {
    const auto ready = Ready::decode(payload);
    if (!ready) return ready.error();
    if (!lock_) return Error{"the store's side sent no lock", "", 0, Fault::defect};
    if (requirements_) keep_lock();
    say_times(*ready);
    return {};
  }

  /// Not being able to write beside the file is no failure: the run's own folder may be read-only.
  void keep_lock() {
    const auto path = task_.file + ".lock.json";
    const auto written = write_atomically(path, lock_->to_text(::getuid()));
    if (!written) say_(progress_message(task_.label, written.error().what + ": going on without it"));
  }

  void say_times(const Ready& ready) {
    auto phases = phases_;
    phases.insert(phases.end(), ready.phases.begin(), ready.phases.end());
    double total = 0;
    std::string text = "environment " + name_ + ": " + std::to_string(lock_->packages.size()) +
                       " packages, " + human_bytes(ready.bytes);
    for (const auto& phase : phases) {
      total += phase.seconds;
      text += ", " + phase.name + " " + human_seconds(phase.seconds);
    }
    if (total >= 1) say_(progress_message(task_.label, text));
  }

  /// A sign of life for those who wait, and a line for the person when there is something new to say.
  /// The seconds are the news of a compiler that says nothing for minutes.
  void progress(const std::string& doing) {
    const auto now = Clock::now();
    if (doing != doing_) {
      doing_ = doing;
      since_ = now;
    }
    const auto text = doing.substr(0, 200) + ", " + std::to_string(whole_seconds(now - since_)) + " s";
    static_cast<void>(writer_.write(FrameType::alive, Alive{text}.encode()).has_value());
    if (since_ != now && now - said_at_ < std::chrono::seconds(10)) return;
    said_at_ = now;
    say_(progress_message(task_.label, "environment " + name_ + ": " + text));
  }

  const EnvironmentTask& task_;
  const Variables& variables_;
  const Say& say_;
  const std::string name_;
  FrameReader reader_;
  FrameWriter writer_;
  std::optional<RequirementsFile> requirements_;  ///< empty when the person gave a lock
  std::optional<EnvironmentLock> lock_;
  std::vector<Phase> phases_;
  bool peer_printed_{false};
  std::string doing_;
  Clock::time_point since_{};
  Clock::time_point said_at_{};
};

int prepare(const EnvironmentTask& task, const Variables& variables,
            const std::function<void(std::string_view)>& say) {
  Preparation preparation(task, variables, say);
  const auto done = preparation.run();
  if (done) return 0;
  if (!preparation.peer_printed()) {
    say(failure_message(task.label, done.error()));
    preparation.send_failure(done.error());
  }
  return exit_code_of(done.error().fault);
}

}  // namespace

int serve_environment_task(const EnvironmentTask& task, const Variables& variables,
                           const std::function<void(std::string_view)>& say) {
  return run_with_scratch_folder(task.scratch, [&] { return prepare(task, variables, say); });
}

}  // namespace chainer
