#include "node/wire/protocol.hpp"

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"

namespace chainer::wire {
namespace {

using nlohmann::json;

constexpr int version = 3;

// Longer texts tell their readers nothing more, and they must fit into a lock's record.
constexpr std::size_t longest_reference = 300;
constexpr std::size_t longest_doing = 200;

Error broken(Peer from, std::string_view what) {
  return nonsense_of(from, "sent a broken " + std::string(what));
}

std::optional<Fault> fault_of(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(Fault::defect)) return std::nullopt;
  return static_cast<Fault>(number);
}

/// 0, which is none, for what no kernel gives.
int errno_of(std::uint64_t number) {
  constexpr std::uint64_t largest = 4095;
  return number <= largest ? static_cast<int>(number) : 0;
}

}  // namespace

std::string Hello::encode() const {
  json members{{"version", version},
               {"reference", reference},
               {"public", visibility == Visibility::everyone},
               {"request", request}};
  if (pinned) members["pinned"] = pinned->to_string();
  return json_line(members);
}

Result<Hello> Hello::decode(std::string_view text) {
  const auto read = parse_json_object(text, "the other side's greeting");
  if (!read || number_member(*read, "version") != version)
    return broken(Peer::users_side, "greeting");

  Hello hello;
  hello.reference = printable(string_member(*read, "reference"), longest_reference);
  const auto everyone = read->find("public");
  if (everyone != read->end() && *everyone == json(true)) hello.visibility = Visibility::everyone;
  hello.request = string_member(*read, "request");
  if (const auto pinned = read->find("pinned"); pinned != read->end()) {
    const auto digest = Digest::parse(string_member(*read, "pinned"));
    if (!digest) return broken(Peer::users_side, "greeting");
    hello.pinned = *digest;
  }
  return hello;
}

std::string SendRequest::encode() const {
  json list = json::array();
  for (const auto& blob : blobs) {
    json item{{"digest", blob.digest.to_string()}};
    if (blob.size) item["size"] = *blob.size;
    list.push_back(std::move(item));
  }
  return json_line(json{{"blobs", std::move(list)}});
}

Result<SendRequest> SendRequest::decode(std::string_view text) {
  const auto read = parse_json_object(text, "the request");
  if (!read) return broken(Peer::stores_side, "request");
  SendRequest request;
  for (const auto& item : array_member(*read, "blobs")) {
    const auto digest = Digest::parse(string_member(item, "digest"));
    if (!digest) return broken(Peer::stores_side, "request");
    request.blobs.push_back({*digest, number_member(item, "size")});
  }
  return request;
}

std::string Alive::encode() const { return json_line(json{{"doing", doing}}); }

Result<Alive> Alive::decode(std::string_view text) {
  const auto read = parse_json_object(text, "the sign of life");
  if (!read) return broken(Peer::users_side, "sign of life");
  return Alive{printable(string_member(*read, "doing"), longest_doing)};
}

std::string Ready::encode() const {
  json list = json::array();
  for (const auto& [phase, seconds, bytes] : work.phases)
    list.push_back({{"name", name_of(phase)}, {"seconds", seconds}, {"bytes", bytes}});
  return json_line(
      json{{"key", key.hex()}, {"phases", std::move(list)}, {"made_here", work.made_here}});
}

Result<Ready> Ready::decode(std::string_view text) {
  const auto read = parse_json_object(text, "the answer");
  if (!read) return broken(Peer::stores_side, "answer");
  const auto key = Digest::parse_hex(string_member(*read, "key"));
  if (!key) return broken(Peer::stores_side, "answer");

  Ready ready{*key};
  for (const auto& item : array_member(*read, "phases")) {
    const auto seconds = item.is_object() ? item.find("seconds") : item.end();
    const auto phase = phase_named(string_member(item, "name"));
    if (!phase || seconds == item.end() || !seconds->is_number())
      return broken(Peer::stores_side, "answer");
    ready.work.phases.push_back(
        {*phase, seconds->get<double>(), number_member(item, "bytes").value_or(0)});
  }
  const auto made_here = read->find("made_here");
  ready.work.made_here = made_here != read->end() && *made_here == json(true);
  return ready;
}

std::string Failure::encode() const {
  return json_line(json{{"what", error.what},
                        {"hint", error.hint},
                        {"errno", error.error_number},
                        {"fault", static_cast<unsigned>(error.fault)}});
}

Result<Failure> Failure::decode(std::string_view text, Peer from) {
  const auto read = parse_json_object(text, "the failure");
  if (!read) return broken(from, "failure");
  const auto fault = fault_of(number_member(*read, "fault").value_or(~std::uint64_t{0}));
  if (!fault) return broken(from, "failure");
  return Failure{{printable_lines(string_member(*read, "what")),
                  printable(string_member(*read, "hint")),
                  errno_of(number_member(*read, "errno").value_or(0)), *fault}};
}

}  // namespace chainer::wire
