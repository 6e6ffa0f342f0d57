// HTTP for small things: one request, one answer, with libcurl. Blobs are fetched by
// node/source/blob_download.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace chainer::source {

/// A new handle for a URL, with what every request of ours has: timeouts, proxies from the
/// environment, CA bundle, redirects that never lead from https to http.
struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, FreeCurl>;

enum class PlainHttp { refused, allowed };
Result<CurlHandle> new_curl_handle(PlainHttp plain, const std::string& url);

struct FreeCurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, FreeCurlList>;
CurlList make_curl_list(const std::vector<std::string>& lines);

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers{};
  PlainHttp plain{PlainHttp::refused};
  std::string unix_socket{};  ///< the server's; empty: the one that the URL names
  std::string form{};         ///< is posted, URL-encoded; empty: the URL is asked for with GET
};

struct HttpAnswer {
  long status{0};
  std::map<std::string, std::string> headers{};  ///< names in lower case
  std::string body{};
  std::optional<long> retry_after{};  ///< seconds, from a server that wants to be left alone
};

/// What a busy server asks for in Retry-After (RFC 9110, 10.2.3), in seconds from now, whether it
/// says how long or until when.
std::optional<long> retry_after_of(CURL* curl);

/// The pause before a request is repeated: `usual`, or longer where the server asks for that. Empty
/// when it asks for more than a preparation can wait.
std::optional<std::chrono::milliseconds> pause_for(std::chrono::milliseconds usual,
                                                   std::optional<long> retry_after);

/// Tries again when the server is busy or the connection breaks. Any other status is an answer; no
/// answer at all is an error that says why, with libcurl's code as its error_number.
Result<HttpAnswer> ask_server(const HttpRequest& request);

/// The error for a transfer that failed without an answer: unknown host, refused, timed out, …
Error transfer_error(const std::string& url, CURLcode code, const std::string& detail);

/// `https://host:port` of a URL, for messages: neither a path nor a token.
std::string origin_of(const std::string& url);

/// True for a status that may have changed at the next attempt.
bool is_passing(long status);
bool is_passing(CURLcode code);

}  // namespace chainer::source
