#include "submit/run/image_pin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/beside_this_program.hpp"
#include "core/json/json_members.hpp"
#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "core/take_part.hpp"

namespace chainer::run {
namespace {

constexpr const char* program = "chainer-node";

/// What follows `head` in the line that begins with it; empty when there is none.
std::string line_behind(std::string_view head, std::string_view text) {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.starts_with(head)) return std::string(line.substr(head.size()));
  }
  return {};
}

/// Reads "chainer: cannot find the image …: …" and "next: …". A program that says nothing of the
/// kind, because it is another one or was killed, is named with its exit code.
Error error_of(const Finished& finished, const std::string& image) {
  const auto said = line_behind("chainer: ", finished.err);
  if (!said.empty()) return {said, line_behind("next: ", finished.err)};
  return {fmt::format("cannot resolve the image {}: {} ended with exit code {}", image, program,
                      finished.code),
          finished.err.substr(0, finished.err.find('\n'))};
}

std::string with_digest(RegistryRef reference, const Digest& digest) {
  reference.digest = digest;
  return reference.to_string();
}

/// chainer-node's exit codes are those of this program; anything else (127, a signal) is the site's
/// fault.
ExitCode code_of(int code) {
  return code >= 1 && code <= 5 ? static_cast<ExitCode>(code) : ExitCode::try_again;
}

}  // namespace

std::string find_chainer_node() {
  return find_beside_this_program(program, {"", "../libexec/chainer", "../node"});
}

std::variant<PinAnswer, PinFailure> pin_image(const plan::PlannedImage& image,
                                              const std::string& chainer_node,
                                              ProcessRunner& processes,
                                              const std::string& auth_file) {
  const auto& text = plan::text_of(image);
  std::vector<std::string> question{chainer_node,       "resolve",     "--json",
                                    "--check-platform", "--reference", text};
  if (!auth_file.empty()) question.insert(question.end(), {"--auth", auth_file});
  const auto finished = processes.run(question, own_environment());
  if (!finished) {
    return PinFailure{ExitCode::try_again,
                      Error(finished.error())
                          .with_hint("chainer-node belongs beside chainer-submit or on the PATH")};
  }
  if (finished->code != 0) {
    return PinFailure{code_of(finished->code), error_of(*finished, text)};
  }
  const auto answer = parse_json(finished->out);
  const auto digest = Digest::parse(string_member(answer, "digest"));
  if (!digest)
    return PinFailure{ExitCode::defect, Error(digest.error()).within("chainer-node resolve")};

  const auto* tagged = std::get_if<plan::TaggedImage>(&image);
  PinAnswer pinned{image, printable(string_member(answer, "foreign_platform")),
                   printable(string_member(answer, "own_platform"))};
  if (!tagged) return pinned;
  const auto* registry = std::get_if<RegistryRef>(&tagged->reference.source());
  auto reference = registry ? ImageRef::parse(with_digest(*registry, *digest))
                            : ImageRef::parse(text + "@" + digest->to_string());
  if (!reference) return PinFailure{ExitCode::defect, reference.error()};
  pinned.image = plan::PinnedImage{*std::move(reference), *digest};
  return pinned;
}

}  // namespace chainer::run
