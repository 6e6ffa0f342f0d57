#include "node/source/credential_helper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/characters.hpp"
#include "core/child_end.hpp"
#include "core/fd_io.hpp"
#include "core/json/json_members.hpp"
#include "core/pipe.hpp"
#include "core/printable.hpp"
#include "core/spawn.hpp"

namespace chainer::source {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_answer = std::size_t{64} << 10;
// What helpers write in a user's place beside an identity token.
constexpr std::string_view token_user = "<token>";

bool is_a_helpers_name(std::string_view name) {
  return !name.empty() && are_letters_digits_or("-_.", name);
}

/// The name that docker keeps a registry's login under.
std::string server_of(std::string_view host) {
  return host == "docker.io" ? "https://index.docker.io/v1/" : std::string(host);
}

/// A running helper, in a process group of its own together with what it starts.
struct Helper {
  pid_t process;
  UniqueFd answer;
};

Result<Helper> start_helper(const std::string& program, const std::string& server) {
  TRY_ASSIGN(auto question, Pipe::create());
  // A few bytes: they fit into the pipe, whether or not the helper reads them.
  TRY(write_all(question.write_end.get(), server + "\n"));
  question.write_end.reset();
  TRY_ASSIGN(auto answer, Pipe::create());
  Spawn helper;
  helper.give(question.read_end.get(), STDIN_FILENO);
  helper.give(answer.write_end.get(), STDOUT_FILENO);
  helper.open("/dev/null", O_WRONLY, STDERR_FILENO);
  // A helper must not keep the pipes of a preparation open.
  helper.close_from(STDERR_FILENO + 1);
  helper.unblock_signals();
  helper.reset_signal(SIGPIPE);
  helper.lead_group();
  auto child = helper.start({program, "get"});
  if (!child) {
    auto error = std::move(child).error();
    error.fault = Fault::user;
    return error;
  }
  return Helper{*child, std::move(answer.read_end)};
}

enum class End { answered, silent, talkative };

End read_answer(int fd, std::string& text, Clock::time_point deadline) {
  std::array<char, 4096> piece{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{fd, POLLIN, 0};
    if (left <= 0) return End::silent;
    if (::poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = read_some(fd, piece.data(), piece.size());
    if (got <= 0) return End::answered;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > longest_answer) return End::talkative;
  }
}

Error no_use(const std::string& program, const std::string& why) {
  return {program + " " + why,
          "log in to the registry again, or give a file with credentials "
          "(--chainer-auth=FILE)",
          0, Fault::user};
}

Result<std::optional<Credentials>> read_credentials(const std::string& program,
                                                    const std::string& text) {
  const auto object = parse_json_object(text, "its answer");
  if (!object) return no_use(program, "gave an answer that is no JSON object");
  auto user = string_member(*object, "Username");
  auto secret = string_member(*object, "Secret");
  if (user.empty() && secret.empty()) return std::optional<Credentials>();
  if (user == token_user) return std::optional(Credentials{.identity_token = std::move(secret)});
  return std::optional(Credentials{std::move(user), std::move(secret)});
}

}  // namespace

Result<std::optional<Credentials>> ask_credential_helper(const std::string& name,
                                                         std::string_view host,
                                                         std::chrono::seconds patience) {
  const auto program = "docker-credential-" + name;
  if (!is_a_helpers_name(name)) return no_use(printable(program), "is no name of a program");
  TRY_ASSIGN(auto helper, start_helper(program, server_of(host)));
  std::string text;
  const auto end = read_answer(helper.answer.get(), text, Clock::now() + patience);
  if (end != End::answered) ::kill(-helper.process, SIGKILL);
  helper.answer.reset();
  const int status = wait_for_end(helper.process);
  if (end == End::silent)
    return no_use(program, "did not answer within " + std::to_string(patience.count()) + " s");
  if (end == End::talkative) return no_use(program, "does not stop answering");
  // A helper that has nothing for a registry says so and fails.
  if (status != 0) return std::optional<Credentials>();
  return read_credentials(program, text);
}

}  // namespace chainer::source
