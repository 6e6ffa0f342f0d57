#include "spank_plugin/step_channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "core/fd_io.hpp"
#include "core/fd_message.hpp"
#include "core/pipe.hpp"
#include "core/result.hpp"
#include "spank_plugin/child.hpp"

namespace chainer {
namespace {

// One letter per descriptor that comes with the message, in this order; then the image's name and,
// where it is to be saved, a NUL and the file.
constexpr char namespace_letter = 'n';
constexpr char user_letter = 'u';
constexpr char image_letter = 'i';
constexpr char env_letter = 'e';
constexpr char end_of_letters = ':';
constexpr std::string_view failure_message = "x";

Result<SharedContainer> read(FdMessage message) {
  const std::string_view text = message.text;
  const auto letters = text.substr(0, text.find(end_of_letters));
  if (letters.size() != message.fds.size())
    return Error{"the first task sent what is not understood", "", 0, Fault::defect};
  SharedContainer container;
  const auto names = text.substr(std::min(letters.size() + 1, text.size()));
  const auto end_of_image = names.find('\0');
  container.image = names.substr(0, end_of_image);
  if (end_of_image != std::string_view::npos) container.save_as = names.substr(end_of_image + 1);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    switch (letters[i]) {
      case namespace_letter: container.mount_namespace = std::move(message.fds[i]); break;
      case user_letter: container.user_namespace = std::move(message.fds[i]); break;
      case image_letter: container.image_pin = std::move(message.fds[i]); break;
      case env_letter: container.env_pin = std::move(message.fds[i]); break;
      default: return Error{"the first task sent what is not understood", "", 0, Fault::defect};
    }
  }
  return container;
}

Error first_task_gone() {
  return {"the first task of the step on this node ended before the container was ready",
          "look for a kill above, such as too little --mem; else submit again", 0,
          Fault::try_again};
}

}  // namespace

Result<std::unique_ptr<StepChannel>> StepChannel::create() {
  std::unique_ptr<StepChannel> channel(new StepChannel);
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error::from_errno("cannot make a socket pair", errno);
  }
  channel->publisher_.reset(pair[0]);
  channel->receivers_.reset(pair[1]);
  TRY_ASSIGN(auto attached, Pipe::create());
  TRY_ASSIGN(auto alive, Pipe::create());
  channel->attached_reader_ = std::move(attached.read_end);
  channel->attached_writer_ = std::move(attached.write_end);
  channel->alive_reader_ = std::move(alive.read_end);
  channel->alive_writer_ = std::move(alive.write_end);
  return channel;
}

void StepChannel::first_task_is_attached() {
  const char word = 'a';
  // Task 0 may be gone already; then nobody needs the word, and SIGPIPE is ignored in slurmstepd.
  if (attached_writer_ && ::write(attached_writer_.get(), &word, 1) < 0) attached_writer_.reset();
  attached_writer_.reset();
  attached_reader_.reset();
  alive_writer_.reset();
}

void StepChannel::take(Role role) {
  attached_writer_.reset();
  if (role == Role::prepares) return;
  attached_reader_.reset();
  alive_writer_.reset();
  publisher_.reset();
}

Result<Attached> StepChannel::wait_until_attached() {
  if (attached_) return *attached_;
  TRY(wait_readable_or_cancelled(attached_reader_.get()));
  char word = 0;
  const ssize_t got = read_some(attached_reader_.get(), &word, 1);
  attached_reader_.reset();
  if (got == 1) return attached_.emplace(Attached());
  return Error{"slurmstepd ended before the step's tasks were attached", ""};
}

Result<void> StepChannel::publish(const SharedContainer& container) {
  std::string letters;
  std::vector<int> fds;
  const auto add = [&](const UniqueFd& fd, char letter) {
    if (!fd) return;
    letters += letter;
    fds.push_back(fd.get());
  };
  add(container.mount_namespace, namespace_letter);
  add(container.user_namespace, user_letter);
  add(container.image_pin, image_letter);
  add(container.env_pin, env_letter);
  const auto file = container.save_as.empty() ? std::string() : '\0' + container.save_as;
  if (file.size() > longest_message_text / 2)
    return Error::from_errno("cannot save the container as " + container.save_as, ENAMETOOLONG,
                             Fault::user);
  letters += end_of_letters;
  // The name is only shown in a variable, so a very long one may be cut.
  letters += container.image.substr(0, longest_message_text - letters.size() - file.size()) + file;
  return send_message(publisher_.get(), letters, fds);
}

void StepChannel::publish_failure() {
  // If even this fails, the waiting tasks notice the end of task 0.
  [[maybe_unused]] const auto sent = send_message(publisher_.get(), failure_message, {});
}

Result<SharedContainer> StepChannel::receive() {
  const int either[] = {receivers_.get(), alive_reader_.get()};
  TRY(wait_readable_or_cancelled(either));
  // The message counts more than the end of task 0, which may publish, start its program and end.
  auto message = peek_message(receivers_.get());
  if (!message) return first_task_gone();
  if (message->text == failure_message) return Error{};

  return read(*std::move(message));
}

Result<SharedContainer> StepChannel::look_into(int channel) {
  auto message = peek_message(channel);
  if (!message) return std::move(message).error();
  if (message->text == failure_message) return Error{"its container could not be made", ""};
  return read(*std::move(message));
}

}  // namespace chainer
