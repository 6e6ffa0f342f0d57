#include "node/source/http_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "node/source/registry_certificates.hpp"
#include "version.hpp"

namespace chainer::source {
namespace {

constexpr long connect_seconds = 15;
constexpr long silent_seconds = 30;  // a connection without a byte for so long is broken
constexpr std::size_t largest_body = std::size_t{4} << 20;
constexpr std::array attempts_after{std::chrono::milliseconds(300), std::chrono::milliseconds(1000),
                                    std::chrono::milliseconds(3000)};

// A step that waits for a registry holds its nodes.
constexpr std::chrono::seconds longest_pause{60};

void init_curl_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (size > largest_body - body.size()) return 0;
  body.append(bytes, size);
  return size;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* into) {
  auto& answer = *static_cast<HttpAnswer*>(into);
  std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) answer.headers.clear();  // those before are a redirect's
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto value = line.substr(colon + 1);
  const auto first = value.find_first_not_of(" \t\r\n");
  const auto last = value.find_last_not_of(" \t\r\n");
  // Lines of one name are one list (RFC 9110, 5.3): some registries offer each way to log in on a
  // line of its own.
  auto& list = answer.headers[name];
  if (!list.empty()) list += ", ";
  if (first != std::string_view::npos) list += value.substr(first, last - first + 1);
  return size;
}

struct Attempt {
  HttpAnswer answer{};
  CURLcode code{CURLE_OK};
  std::string detail{};
};

/// HOST[:PORT] of a URL.
std::string host_of(const std::string& url) {
  const auto origin = origin_of(url);
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string::npos ? origin : origin.substr(scheme_end + 3);
}

Result<Attempt> try_once(const HttpRequest& request) {
  TRY_ASSIGN(const auto handle, new_curl_handle(request.plain, request.url));
  CURL* curl = handle.get();
  const CurlList headers = make_curl_list(request.headers);
  Attempt attempt;
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (!request.unix_socket.empty())
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (!request.form.empty()) curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request.form.c_str());
  // All that libcurl can unpack: some proxies pack an answer whether or not one asks for it.
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &attempt.answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &attempt.answer);
  attempt.code = curl_easy_perform(curl);
  attempt.detail = detail.data();
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &attempt.answer.status);
  attempt.answer.retry_after = retry_after_of(curl);
  return attempt;
}

}  // namespace

Result<CurlHandle> new_curl_handle(PlainHttp plain, const std::string& url) {
  init_curl_once();
  CurlHandle handle(curl_easy_init());
  if (!handle) return Error::from_errno("cannot start libcurl", ENOMEM);
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("chainer-node/") + version).c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, silent_seconds);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  const bool allowed = plain == PlainHttp::allowed;
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, allowed ? "http,https" : "https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, allowed ? "http,https" : "https");
  // Plain HTTP is for this machine alone, which no proxy can reach.
  if (allowed) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    if (const char* bundle = std::getenv(name)) curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
  }
  // Trusted beside the system's authorities, which libcurl finds in a folder: redirects lead
  // elsewhere.
  if (const auto own = certificate_of(host_of(url)); !own.empty())
    curl_easy_setopt(curl, CURLOPT_CAINFO, own.c_str());
  return handle;
}

CurlList make_curl_list(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const auto& line : lines) list = curl_slist_append(list, line.c_str());
  return CurlList(list);
}

std::string origin_of(const std::string& url) {
  const auto scheme_end = url.find("://");
  const auto host = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  return url.substr(0, url.find_first_of("/?", host));
}

bool is_passing(long status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

bool is_passing(CURLcode code) {
  switch (code) {
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

Error transfer_error(const std::string& url, CURLcode code, const std::string& detail) {
  const auto origin = origin_of(url);
  Error error{"", "check that the registry is up and can be reached from here, then submit again",
              code, Fault::try_again};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      error.what = "the host of " + origin + " is not known";
      error.hint = "check the registry's name in the image reference";
      break;
    case CURLE_COULDNT_CONNECT: error.what = "nobody answers at " + origin; break;
    case CURLE_OPERATION_TIMEDOUT: error.what = origin + " did not answer in time"; break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      error.what = "the certificate of " + origin + " is not trusted";
      error.hint = "put the registry's authority into /etc/containers/certs.d/" + host_of(url) +
                   "/ca.crt, or set SSL_CERT_FILE to a bundle with it";
      error.fault = Fault::user;
      break;
    case CURLE_TOO_MANY_REDIRECTS:
      error.what = origin + " leads from one address to the next without end";
      error.hint = "tell who runs the registry";
      break;
    case CURLE_WRITE_ERROR:
      error.what = origin + " sends more than a manifest or a token can be";
      error.hint = "check the registry's name, or tell who runs it";
      break;
    case CURLE_UNSUPPORTED_PROTOCOL:
      error.what = origin + " leads to an address that is not used";
      error.hint = "tell who runs the registry: its redirects must lead to https";
      break;
    default: error.what = "the connection to " + origin + " failed"; break;
  }
  const std::string why = detail.empty() ? curl_easy_strerror(code) : detail;
  error.what += " (" + why + ")";
  return error;
}

std::optional<long> retry_after_of(CURL* curl) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  return seconds > 0 ? std::optional(static_cast<long>(seconds)) : std::nullopt;
}

std::optional<std::chrono::milliseconds> pause_for(std::chrono::milliseconds usual,
                                                   std::optional<long> retry_after) {
  if (!retry_after) return usual;
  const std::chrono::seconds asked(*retry_after);
  if (asked > longest_pause) return std::nullopt;
  return std::max<std::chrono::milliseconds>(usual, asked);
}

Result<HttpAnswer> ask_server(const HttpRequest& request) {
  for (const auto* pause = attempts_after.begin();; ++pause) {
    TRY_ASSIGN(auto attempt, try_once(request));
    const bool passing =
        attempt.code == CURLE_OK ? is_passing(attempt.answer.status) : is_passing(attempt.code);
    const auto wait = passing && pause != attempts_after.end()
                          ? pause_for(*pause, attempt.answer.retry_after)
                          : std::nullopt;
    if (!wait) {
      if (attempt.code == CURLE_OK) return std::move(attempt.answer);
      return transfer_error(request.url, attempt.code, attempt.detail);
    }
    std::this_thread::sleep_for(*wait);
  }
}

}  // namespace chainer::source
