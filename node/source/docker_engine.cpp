#include "node/source/docker_engine.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "core/fd_io.hpp"
#include "core/json/json_members.hpp"
#include "core/printable.hpp"
#include "node/source/http_client.hpp"

namespace chainer::source {
namespace {

constexpr long engine_did_it = 200;
constexpr long no_such_image = 404;
// The engine writes the whole image to its own disk before it sends the first byte.
constexpr long longest_silence_seconds = 1800;
constexpr std::size_t longest_explanation = 300;
const std::string engine_base =
    "http://docker";  // a name for the request's first line, looked up nowhere

std::string variable_or_empty(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// 0, or the errno of what keeps us from the engine.
int try_to_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  path.copy(address.sun_path, path.size());
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(socket.get(), where, sizeof address) == 0 ? 0 : errno;
}

Result<std::vector<std::string>> sockets() {
  constexpr std::string_view scheme = "unix://";
  if (const auto host = variable_or_empty("DOCKER_HOST"); !host.empty()) {
    if (host.starts_with(scheme)) return std::vector{host.substr(scheme.size())};
    return Error{"cannot use the Docker engine of DOCKER_HOST: '" + printable(host) +
                     "' is no socket of this machine",
                 "set DOCKER_HOST to unix://PATH, or name the image in a registry", 0, Fault::user};
  }
  std::vector<std::string> usual{"/run/docker.sock"};
  if (const auto runtime = variable_or_empty("XDG_RUNTIME_DIR"); !runtime.empty())
    usual.push_back(runtime + "/docker.sock");
  return usual;
}

Error not_reached(const std::string& socket, int error_number) {
  const auto* hint =
      error_number == EACCES
          ? "ask an administrator for the right to use the engine, or save the image "
            "(docker save) and name it as docker-archive:FILE"
          : "start the engine on this machine, set DOCKER_HOST, or name the image in "
            "a registry";
  return Error::from_errno("cannot reach a Docker engine at " + socket, error_number, Fault::user)
      .with_hint(hint);
}

/// Where an answer goes: into a file, or, where it is a refusal, into a short text.
struct Save {
  CURL* curl;
  int file;
  std::string refusal{};
  std::optional<Error> error{};

  std::size_t take(std::string_view bytes) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != engine_did_it) {
      refusal += bytes.substr(0, 4096 - std::min<std::size_t>(refusal.size(), 4096));
      return bytes.size();
    }
    auto written = write_all(file, bytes);
    if (written) return bytes.size();
    error = std::move(written).error().within("cannot keep the image in a temporary file");
    return 0;
  }
};

std::size_t take_piece(char* bytes, std::size_t, std::size_t size, void* save) {
  return static_cast<Save*>(save)->take({bytes, size});
}

Result<UniqueFd> unnamed_file() {
  auto folder = variable_or_empty("TMPDIR");
  if (folder.empty()) folder = "/var/tmp";
  UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) {
    return Error::from_errno("cannot make a temporary file in " + folder, errno)
        .with_hint("set TMPDIR to a folder on a disk with room for the image");
  }
  return file;
}

}  // namespace

Result<DockerEngine> DockerEngine::find() {
  TRY_ASSIGN(const auto places, sockets());
  for (const auto& place : places) {
    if (try_to_connect(place) == 0) return DockerEngine(place);
  }
  return not_reached(places.front(), try_to_connect(places.front()));
}

Error DockerEngine::refusal(long status, const std::string& body, const std::string& name) const {
  if (status == no_such_image) {
    return {"the Docker engine at " + socket_ + " has no image '" + name + "'",
            "see docker images; another machine's engine has other images", 0, Fault::user};
  }
  const auto answer = parse_json_object(body, "the answer");
  const auto said = answer ? string_member(*answer, "message") : std::string();
  return {"the Docker engine at " + socket_ + " answered with HTTP status " +
              std::to_string(status) +
              (said.empty() ? "" : ": it says '" + printable(said, longest_explanation) + "'"),
          "see the engine's log", 0, Fault::try_again};
}

Result<Digest> DockerEngine::image_id(const std::string& name) const {
  TRY_ASSIGN(
      const auto answer,
      ask_server({engine_base + "/images/" + name + "/json", {}, PlainHttp::allowed, socket_}));
  if (answer.status != engine_did_it) return refusal(answer.status, answer.body, name);
  TRY_ASSIGN(const auto object, parse_json_object(answer.body, "the engine's answer"));
  return Digest::parse(string_member(object, "Id"));
}

Result<UniqueFd> DockerEngine::save(const std::string& name) const {
  TRY_ASSIGN(auto file, unnamed_file());
  TRY_ASSIGN(const auto handle,
             new_curl_handle(PlainHttp::allowed, engine_base + "/images/" + name + "/get"));
  CURL* curl = handle.get();
  Save save{curl, file.get()};
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, longest_silence_seconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_piece);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &save);
  const CURLcode code = curl_easy_perform(curl);
  if (save.error) return *std::move(save.error);
  if (code != CURLE_OK) {
    return Error{
        "the Docker engine at " + socket_ + " broke off (" + curl_easy_strerror(code) + ")",
        "see the engine's log, then submit again", 0, Fault::try_again};
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != engine_did_it) return refusal(status, save.refusal, name);
  return file;
}

}  // namespace chainer::source
