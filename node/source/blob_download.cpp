#include "node/source/blob_download.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <list>

#include "node/wire/frame.hpp"

namespace chainer::source {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_failures = 5;      // in a row, without a byte between them
constexpr long beyond_the_end = 416;  // the blob ends before the range begins
constexpr long receive_buffer = long{512} << 10;
constexpr int poll_ms = 500;

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

/// One blob and the transfer that brings it.
struct Transfer {
  std::uint16_t stream{0};
  wire::SendRequest::Blob blob;
  BlobSink& sink;

  std::uint64_t received{0};
  std::uint64_t to_skip{0};  ///< when a server ignores the range that we ask for
  std::string gathered{};    ///< libcurl hands out 16 KiB at a time
  bool new_answer{true};
  int failures{0};
  std::optional<std::uint64_t> ended_early_at{};
  Clock::time_point not_before{};
  std::optional<Error> sink_error{};
  CurlHandle handle{};
  CurlList headers{};
  std::array<char, CURL_ERROR_SIZE> detail{};

  Result<void> flush() {
    if (gathered.empty()) return {};
    auto sent = sink.data(stream, gathered);
    gathered.clear();
    return sent;
  }

  long status() const {
    long code = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  std::size_t take(std::string_view bytes) {
    const long answer = status();
    if (answer != 200 && answer != 206) return bytes.size();  // an error's text
    if (std::exchange(new_answer, false)) to_skip = answer == 200 ? received : 0;
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip, bytes.size()));
    to_skip -= skipped;
    bytes.remove_prefix(skipped);
    if (!bytes.empty()) failures = 0;
    received += bytes.size();
    gathered += bytes;
    if (gathered.size() >= wire::data_frame_size) {
      if (auto sent = flush(); !sent) {
        sink_error = std::move(sent).error();
        return 0;
      }
    }
    return skipped + bytes.size();
  }
};

std::size_t take_bytes(char* bytes, std::size_t, std::size_t size, void* transfer) {
  return static_cast<Transfer*>(transfer)->take({bytes, size});
}

class Downloads {
 public:
  Downloads(RegistryClient& registry, const wire::SendRequest& request, BlobSink& sink)
      : registry_(registry), sink_(sink) {
    for (std::size_t i = 0; i < request.blobs.size(); ++i) {
      waiting_.push_back({static_cast<std::uint16_t>(i), request.blobs[i], sink});
    }
  }
  Downloads(const Downloads&) = delete;
  Downloads& operator=(const Downloads&) = delete;
  ~Downloads() {
    for (auto& transfer : running_) curl_multi_remove_handle(multi_.get(), transfer.handle.get());
  }

  Result<void> run() {
    if (!multi_) return Error::from_errno("cannot start libcurl", ENOMEM);
    while (!waiting_.empty() || !running_.empty()) {
      TRY(start_waiting());
      int still_running = 0;
      curl_multi_perform(multi_.get(), &still_running);
      TRY(finish_done());
      TRY(poll());
    }
    return {};
  }

 private:
  Result<void> start_waiting() {
    const auto now = Clock::now();
    for (auto it = waiting_.begin();
         it != waiting_.end() && running_.size() < parallel_downloads;) {
      const auto next = std::next(it);
      if (it->not_before <= now) {
        running_.splice(running_.end(), waiting_, it);
        TRY(start(running_.back()));
      }
      it = next;
    }
    return {};
  }

  Result<void> start(Transfer& transfer) {
    TRY_ASSIGN(transfer.handle,
               new_curl_handle(registry_.plain(), registry_.blob_url(transfer.blob.digest)));
    auto headers = registry_.headers();
    // A blob is what hashes to its digest: never packed once more for the way.
    headers.emplace_back("Accept-Encoding: identity");
    transfer.headers = make_curl_list(headers);
    transfer.new_answer = true;
    CURL* curl = transfer.handle.get();
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer.headers.get());
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, receive_buffer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.detail.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, &transfer);
    if (transfer.received > 0) {
      curl_easy_setopt(curl, CURLOPT_RANGE, (std::to_string(transfer.received) + "-").c_str());
    }
    curl_multi_add_handle(multi_.get(), curl);
    return {};
  }

  Result<void> finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      CURL* curl = message->easy_handle;
      const auto done =
          std::ranges::find_if(running_, [&](const auto& t) { return t.handle.get() == curl; });
      curl_multi_remove_handle(multi_.get(), curl);
      TRY(finish(done, code));
    }
    return {};
  }

  Result<void> finish(std::list<Transfer>::iterator transfer, CURLcode code) {
    if (transfer->sink_error) return *transfer->sink_error;
    TRY(transfer->flush());
    const long status = transfer->status();
    // Where the size is known it counts, not the length that the server announced.
    const bool whole =
        transfer->blob.size ? transfer->received >= *transfer->blob.size : code == CURLE_OK;
    if (whole && (status == 200 || status == 206)) {
      auto ended = sink_.end(transfer->stream);
      running_.erase(transfer);
      return ended;
    }
    return retry(transfer, code, status);
  }

  Result<void> retry(std::list<Transfer>::iterator transfer, CURLcode code, long status) {
    const bool answered = code == CURLE_OK;
    const bool short_answer =
        answered && (status == 200 || status == 206 || status == beyond_the_end);
    const bool ends_early = short_answer || code == CURLE_PARTIAL_FILE;
    // A broken connection may end anywhere; only a blob that is too short ends at the same byte
    // again.
    if (ends_early && transfer->ended_early_at == transfer->received) return damaged(*transfer);
    if (ends_early) transfer->ended_early_at = transfer->received;
    const bool login_ran_out = answered && status == 401;
    const bool again =
        short_answer || login_ran_out || (answered ? is_passing(status) : is_passing(code));
    const auto usual = std::chrono::milliseconds(200) * (2 << transfer->failures);
    const auto pause =
        pause_for(usual, answered ? retry_after_of(transfer->handle.get()) : std::nullopt);
    if (!again || !pause || ++transfer->failures > most_failures)
      return failure(*transfer, code, status);
    if (login_ran_out) {
      TRY(registry_.renew_login());
    }
    transfer->not_before = Clock::now() + *pause;
    waiting_.splice(waiting_.begin(), running_, transfer);
    return {};
  }

  static std::string name_of(const Transfer& transfer) {
    return "the layer " + transfer.blob.digest.to_string();
  }

  Error damaged(const Transfer& transfer) const {
    const auto promised = transfer.blob.size ? std::to_string(*transfer.blob.size) +
                                                   " bytes that the manifest promises"
                                             : std::string("bytes that it announces");
    return Error{name_of(transfer) + ": the registry " + registry_.reference().host +
                     " ends it after " + std::to_string(transfer.received) + " of the " + promised +
                     ": its copy looks damaged",
                 "push the image again, or tell who runs the registry", 0, Fault::user};
  }

  Error failure(const Transfer& transfer, CURLcode code, long status) const {
    const auto blob = name_of(transfer);
    if (code != CURLE_OK) {
      return transfer_error(registry_.blob_url(transfer.blob.digest), code, transfer.detail.data())
          .within(blob);
    }
    return Error{blob + ": the registry " + registry_.reference().host +
                     " answered with HTTP status " + std::to_string(status),
                 status == 404 ? "push the image again: the registry has lost a part of it"
                               : "submit again later",
                 0, status == 404 ? Fault::user : Fault::try_again};
  }

  Result<void> poll() {
    curl_waitfd interrupt{sink_.interrupt_fd(), CURL_WAIT_POLLIN, 0};
    const bool watch = interrupt.fd >= 0;
    int ready = 0;
    curl_multi_poll(multi_.get(), watch ? &interrupt : nullptr, watch ? 1 : 0,
                    running_.empty() && !waiting_.empty() ? 50 : poll_ms, &ready);
    if (ready == 0) sink_.idle();
    if (interrupt.revents == 0) return {};
    return Error{"the store's side has ended the preparation", "", ECANCELED, Fault::try_again};
  }

  RegistryClient& registry_;
  BlobSink& sink_;
  std::unique_ptr<CURLM, FreeMulti> multi_{curl_multi_init()};
  std::list<Transfer> waiting_{};  // lists: libcurl holds addresses of transfers
  std::list<Transfer> running_{};
};

}  // namespace

Result<void> download_blobs(RegistryClient& registry, const wire::SendRequest& request,
                            BlobSink& sink) {
  return Downloads(registry, request, sink).run();
}

}  // namespace chainer::source
