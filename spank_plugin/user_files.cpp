#include "spank_plugin/user_files.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fd_io.hpp"
#include "core/fd_message.hpp"
#include "core/open_beneath.hpp"
#include "core/sha256.hpp"
#include "spank_plugin/child.hpp"

namespace chainer {
namespace {

// What the child says of each file: "o", with the descriptor of a place or the hex digits of a
// digest; or "e" and errno.
constexpr char opened_letter = 'o';
// A lock travels in one frame between the helpers, which is no larger.
constexpr std::size_t largest_lock = std::size_t{1} << 20;
constexpr char error_letter = 'e';

// A magic link leads to what some process holds open, past the folders that a path's owner may not
// enter.
UniqueFd open_place(const char* path) {
  // O_DIRECTORY first: it makes an automounter mount, a bare O_PATH does not.
  UniqueFd folder(open_without_magic_links(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder || errno != ENOTDIR) return folder;
  return UniqueFd(open_without_magic_links(path, O_PATH | O_CLOEXEC));
}

/// The digest of a regular file, in hex; nothing in it when the file is too large to be a lock.
/// errno and nothing on failure.
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

bool send_error(int socket, int error_number) {
  return send_message(socket, error_letter + std::to_string(error_number), {}).has_value();
}

bool open_and_send(int socket, const UserFile& file) {
  if (file.kind == UserFile::Kind::digest) {
    const auto digest = digest_file(file.path.c_str());
    return digest ? send_message(socket, opened_letter + *digest, {}).has_value()
                  : send_error(socket, errno);
  }
  if (file.kind == UserFile::Kind::scratch && ::mkdir(file.path.c_str(), 0700) != 0) {
    return send_error(socket, errno);
  }
  const UniqueFd place = open_place(file.path.c_str());
  if (!place) return send_error(socket, errno);
  const int fds[] = {place.get()};
  return send_message(socket, std::string_view(&opened_letter, 1), fds).has_value();
}

/// Leaves open what the child needs: a descriptor of the store's, with its lock, must never be held
/// by a process of the user's.
bool close_all_but(int needed) {
  const auto number = static_cast<unsigned>(needed);
  return (number <= 3 || ::close_range(3, number - 1, 0) == 0) &&
         ::close_range(number + 1, ~0u, 0) == 0;
}

/// The child. Slurm's task is a fork with a single thread, so it may allocate.
[[noreturn]] void open_all(int socket, const Account& account, const std::vector<UserFile>& files) {
  if (!close_all_but(socket) || become(account) != 0) ::_exit(1);
  for (const auto& file : files) {
    if (!open_and_send(socket, file)) ::_exit(1);
  }
  ::_exit(0);
}

OpenedUserFile read_answer(FdMessage message) {
  OpenedUserFile file;
  if (message.text[0] == error_letter) {
    file.error_number = std::atoi(message.text.c_str() + 1);
    if (file.error_number == 0) file.error_number = EIO;
  } else {
    const auto digest = Digest::parse_hex(std::string_view(message.text).substr(1));
    if (digest) file.digest = *digest;
    if (!message.fds.empty()) file.place = std::move(message.fds.front());
  }
  return file;
}

}  // namespace

Result<std::vector<OpenedUserFile>> open_as_user(const Attached&, const Account& account,
                                                 const std::vector<UserFile>& files) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error::from_errno("cannot make a socket pair", errno);
  }
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  auto child = Child::fork([&] { open_all(theirs.get(), account, files); });
  if (!child) return std::move(child).error();
  theirs.reset();

  std::vector<OpenedUserFile> opened;
  while (opened.size() < files.size()) {
    // A home on a dead server can keep the child for ever: the wait ends with the step.
    if (auto ready = wait_readable_or_cancelled(ours.get()); !ready)
      return std::move(ready).error();
    auto message = receive_message(ours.get());
    if (!message) return std::move(message).error().within("cannot open files as the job's user");
    opened.push_back(read_answer(*std::move(message)));
  }
  // It has said its last word and ends by itself.
  if (auto ended = child->wait(); !ended) return std::move(ended).error();
  return opened;
}

}  // namespace chainer
