#include "node/environment/environment_request.hpp"

#include "node/environment/environment_lock.hpp"
#include "node/wire/json_text.hpp"
#include "node/wire/peer.hpp"

namespace chainer::environment {

Digest EnvironmentRequest::key_for(const Digest& image, const Digest& question, uid_t owner) {
  return digest_of(
      {"chainer environment request 1", image.to_string(), question.hex(), std::to_string(owner)});
}

std::string EnvironmentRequest::encode() const {
  return wire::to_json_text({{"image", image.to_string()},
                             {"question", question ? question->to_string() : std::string()}});
}

Result<EnvironmentRequest> EnvironmentRequest::decode(std::string_view text) {
  const auto broken =
      wire::nonsense_of(wire::Peer::users_side, "sent a broken request for an environment");
  const auto object = wire::parse_json_object(text, "the request for an environment");
  if (!object) return broken;
  const auto image = Digest::parse(wire::string_member(*object, "image"));
  const auto question = wire::string_member(*object, "question");
  if (!image) return broken;
  if (question.empty()) return EnvironmentRequest{*image, std::nullopt};
  const auto digest = Digest::parse(question);
  if (!digest) return broken;
  return EnvironmentRequest{*image, *digest};
}

}  // namespace chainer::environment
