#include "spank_plugin/user_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/fd_io.hpp"
#include "core/fd_message.hpp"
#include "core/open_beneath.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"
#include "core/sha256.hpp"
#include "spank_plugin/child.hpp"

namespace chainer {
namespace {

// What the child says of each file: "h" and the hex digits of a digest; "d" or "f" with the
// descriptor of a folder or of anything else; or "e" and errno.
constexpr char digest_letter = 'h';
constexpr char folder_letter = 'd';
constexpr char file_letter = 'f';
constexpr char error_letter = 'e';
// A lock travels in one frame between the helpers, which is no larger.
constexpr std::size_t largest_lock = std::size_t{1} << 20;

/// A place, and what it is: only the process that opens it asks the file system.
struct Place {
  UniqueFd fd;
  char letter;
};

/// `open` opens a path with these flags added to O_PATH | O_CLOEXEC.
Place open_place(const std::function<int(int flags)>& open) {
  // O_DIRECTORY first: it triggers an automount, which O_PATH alone does not.
  UniqueFd folder(open(O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder || errno != ENOTDIR) return {std::move(folder), folder_letter};
  return {UniqueFd(open(O_PATH | O_CLOEXEC)), file_letter};
}

/// Makes the folder and holds its lock for as long as the descriptor lives, wherever it goes.
Place make_scratch(const char* path) {
  ::umask(077);  // the job's may take the owner's own rights
  while (true) {
    if (::mkdir(path, 0700) != 0) return {UniqueFd(), error_letter};
    UniqueFd folder(::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    // Until it is locked, another build of this user's may take it for abandoned and remove it.
    if (!folder && errno == ENOENT) continue;
    struct stat status {};
    if (folder && (::fchmod(folder.get(), 0700) != 0 || ::flock(folder.get(), LOCK_EX) != 0 ||
                   ::fstat(folder.get(), &status) != 0))
      return {UniqueFd(), error_letter};
    if (folder && status.st_nlink == 0) continue;
    return {std::move(folder), folder_letter};
  }
}

/// The digest of a regular file, in hex; an empty text when the file is too large to be a lock.
/// Nothing on failure, with errno set.
std::optional<std::string> digest_file(const char* path) {
  const UniqueFd file(open_without_magic_links(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    return std::nullopt;
  }
  const auto bytes = read_all(file.get(), largest_lock);
  if (!bytes && bytes.error().error_number == EFBIG) return std::string();
  if (!bytes) {
    errno = bytes.error().error_number;
    return std::nullopt;
  }
  Sha256 hash;
  hash.update(*bytes);
  return hash.finish().hex();
}

/// 0, or why no file can be made there.
int why_not_to_be_made(const std::string& path) {
  if (path.ends_with('/')) return EISDIR;
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode) ? EISDIR : EEXIST;
  if (errno != ENOENT) return errno;
  const auto folder = std::filesystem::path(path).parent_path();
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool send_error(int socket, int error_number) {
  return send_message(socket, error_letter + std::to_string(error_number), {}).has_value();
}

bool send_place(int socket, const Place& place) {
  if (!place.fd) return send_error(socket, errno);
  const int fds[] = {place.fd.get()};
  return send_message(socket, std::string_view(&place.letter, 1), fds).has_value();
}

bool open_and_send(int socket, const UserFile& file) {
  const char* path = file.path.c_str();
  switch (file.kind) {
    case UserFile::Kind::digest: {
      const auto digest = digest_file(path);
      return digest ? send_message(socket, digest_letter + *digest, {}).has_value()
                    : send_error(socket, errno);
    }
    case UserFile::Kind::to_be_made: {
      const int number = why_not_to_be_made(file.path);
      return number == 0 ? send_message(socket, std::string_view(&file_letter, 1), {}).has_value()
                         : send_error(socket, number);
    }
    case UserFile::Kind::scratch: return send_place(socket, make_scratch(path));
    case UserFile::Kind::place: break;
  }
  // A magic link leads to what some process holds open, past folders that the owner of the path may
  // not enter.
  return send_place(socket,
                    open_place([&](int flags) { return open_without_magic_links(path, flags); }));
}

OpenedUserFile read_answer(FdMessage message) {
  OpenedUserFile file;
  const char letter = message.text[0];
  if (letter == error_letter) {
    file.error_number = std::atoi(message.text.c_str() + 1);
    if (file.error_number == 0) file.error_number = EIO;
    return file;
  }
  const auto digest = Digest::parse_hex(std::string_view(message.text).substr(1));
  if (digest) file.digest = *digest;
  file.is_folder = letter == folder_letter;
  if (!message.fds.empty()) file.place = std::move(message.fds.front());
  return file;
}

Error did_not_answer(const std::string& what, Error error) {
  if (error.error_number != ETIMEDOUT) return error;
  return {"cannot open " + what + ": its file system does not answer",
          "see whether you can list it on this node, then submit again", ETIMEDOUT,
          Fault::try_again};
}

/// Closes all but what the child needs: a descriptor of the store's, with its lock, must never be
/// held by a process of the user's.
bool close_all_but(std::vector<int> needed) {
  std::ranges::sort(needed);
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : needed) {
    const auto number = static_cast<unsigned>(fd);
    if (number > next && ::close_range(next, number - 1, 0) != 0) return false;
    next = std::max(next, number + 1);
  }
  return ::close_range(next, ~0u, 0) == 0;
}

/// Starts a child that becomes the user and answers over a socket, in the order of `names`; it
/// keeps the descriptors that are `needed`. Slurm's task is a fork with a single thread, so the
/// child may allocate.
Result<std::vector<OpenedUserFile>> ask_user(const Account& account,
                                             const std::vector<std::string>& names,
                                             Patience patience, std::vector<int> needed,
                                             const std::function<bool(int socket)>& answer) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error::from_errno("cannot make a socket pair", errno);
  }
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  needed.push_back(theirs.get());
  auto child = Child::fork([&] {
    if (!close_all_but(needed) || become(account) != 0) ::_exit(1);
    ::_exit(answer(theirs.get()) ? 0 : 1);
  });
  if (!child) return std::move(child).error();
  theirs.reset();

  std::vector<OpenedUserFile> opened;
  while (opened.size() < names.size()) {
    if (auto ready = wait_readable_or_cancelled(ours.get(), patience); !ready)
      return did_not_answer(names[opened.size()], std::move(ready).error());
    auto message = receive_message(ours.get());
    if (!message) return std::move(message).error().within("cannot open files as the job's user");
    opened.push_back(read_answer(*std::move(message)));
  }
  // It has sent its last answer and ends by itself.
  TRY(child->wait());
  return opened;
}

/// The folder is locked meanwhile: whoever is making it just now sees afterwards that it is gone.
void remove_if_abandoned(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_uid != ::geteuid() ||
      ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return;
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

/// In a child that is the user.
void remove_scratch(const std::string& scratch, const std::string& prefix) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  for (fs::directory_iterator it(fs::path(prefix).parent_path(), ignored), end;
       !ignored && it != end; it.increment(ignored)) {
    const std::string beside = it->path();
    if (beside.starts_with(prefix)) remove_if_abandoned(beside);
  }
}

}  // namespace

Result<std::vector<OpenedUserFile>> open_as_user(const Attached&, const Account& account,
                                                 const std::vector<UserFile>& files,
                                                 Patience patience) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.path);
  return ask_user(account, names, patience, {}, [&](int socket) {
    return std::ranges::all_of(files,
                               [&](const auto& file) { return open_and_send(socket, file); });
  });
}

Result<OpenedUserFile> open_in_root_as_user(const Attached&, const Account& account, int root,
                                            const std::string& path, Patience patience) {
  auto opened = ask_user(account, {path}, patience, {root}, [&](int socket) {
    return send_place(
        socket, open_place([&](int flags) { return open_in_root(root, path.c_str(), flags); }));
  });
  if (!opened) return std::move(opened).error();
  return std::move(opened->front());
}

void remove_scratch_as_user(const Attached&, const Account& account, const std::string& scratch,
                            const std::string& prefix) {
  auto child = Child::fork([&] {
    if (!close_all_but({}) || become(account) != 0) ::_exit(1);
    remove_scratch(scratch, prefix);
    ::_exit(0);
  });
  // When the step is being cancelled it has no time left; the next build of this user's removes it.
  if (child) static_cast<void>(child->wait().has_value());
}

void remove_as_user(const Account& account, const std::string& file) {
  constexpr std::chrono::seconds patience{10};
  auto end = Pipe::create();
  if (!end) return;
  const int held = end->write_end.get();
  const auto child = Child::fork([&] {
    if (!close_all_but({held}) || become(account) != 0) ::_exit(1);
    ::unlink(file.c_str());
    ::_exit(0);
  });
  end->write_end.reset();
  // Nothing is written: the pipe ends with the child.
  if (child) static_cast<void>(wait_readable_or_cancelled(end->read_end.get(), patience));
}

}  // namespace chainer
