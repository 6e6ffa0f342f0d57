#include "node/environment/environment_request.hpp"

#include <utility>

#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "node/environment/environment_lock.hpp"
#include "node/wire/peer.hpp"

namespace chainer::environment {

Digest EnvironmentRequest::key_for(const Digest& image, const Digest& question, uid_t owner) {
  return digest_of(
      {"chainer environment request 1", image.to_string(), question.hex(), std::to_string(owner)});
}

std::string EnvironmentRequest::encode() const {
  return json_line(nlohmann::json{{"image", image.to_string()},
                                  {"question", question ? question->to_string() : std::string()},
                                  {"base", base ? base->to_string() : std::string()}});
}

Result<EnvironmentRequest> EnvironmentRequest::decode(std::string_view text) {
  const auto broken =
      wire::nonsense_of(wire::Peer::users_side, "sent a broken request for an environment");
  const auto object = parse_json_object(text, "the request for an environment");
  if (!object) return broken;
  const auto image = Digest::parse(string_member(*object, "image"));
  const auto question = string_member(*object, "question");
  if (!image) return broken;
  EnvironmentRequest request{*image, std::nullopt};
  const std::pair<std::string, std::optional<Digest>*> digests[] = {
      {question, &request.question}, {string_member(*object, "base"), &request.base}};
  for (const auto& [digits, member] : digests) {
    if (digits.empty()) continue;
    const auto digest = Digest::parse(digits);
    if (!digest) return broken;
    *member = *digest;
  }
  return request;
}

}  // namespace chainer::environment
