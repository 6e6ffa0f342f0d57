#include "core/image_ref.hpp"

#include <algorithm>
#include <cctype>

#include "core/characters.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_reference = 4096;  // a path may be as long as PATH_MAX
constexpr std::size_t longest_repository = 255;  // distribution/reference, NameTotalLengthMax
constexpr std::size_t longest_tag = 128;

Error refused(std::string_view text, std::string why, std::string hint) {
  return {"'" + std::string(text) + "' is not an image reference: " + std::move(why),
          std::move(hint), 0, Fault::user};
}

bool is_lower_alnum(char c) { return is_lower_letter(c) || is_digit(c); }

/// One component: alphanumerics joined by one dot, one or two underscores, or dashes.
bool is_repository_component(std::string_view part) {
  if (part.empty() || !is_lower_alnum(part.front()) || !is_lower_alnum(part.back())) return false;
  std::size_t run_start = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (is_lower_alnum(part[i])) {
      run_start = i + 1;
      continue;
    }
    const std::string_view run = part.substr(run_start, i + 1 - run_start);
    const bool dashes = run.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && run != "." && run != "_" && run != "__") return false;
  }
  return true;
}

bool is_repository(std::string_view name) {
  if (name.empty() || name.size() > longest_repository) return false;
  while (true) {
    const auto slash = name.find('/');
    if (!is_repository_component(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool is_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > longest_tag || tag.front() == '.' || tag.front() == '-')
    return false;
  return are_letters_digits_or("_.-", tag);
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, is_digit);
}

/// HOST[:PORT], HOST a DNS name, an IPv4 address or a bracketed IPv6 address.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    const auto address = host.substr(1, end - 1);
    const auto rest = host.substr(end + 1);
    const bool hex = !address.empty() && std::ranges::all_of(address, [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
    });
    return hex && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) return false;
  const auto name = host.substr(0, colon);
  return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
         are_letters_digits_or(".-", name);
}

/// Docker's rule for telling a registry from the first component of a repository.
bool names_a_host(std::string_view first) {
  return first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
         std::ranges::any_of(first, [](char c) { return c >= 'A' && c <= 'Z'; });
}

struct Split {
  std::string_view head;
  std::optional<std::string_view> tail;
};

Split split_at(std::string_view text, std::size_t at) {
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<RegistryRef> parse_registry(std::string_view text) {
  const auto [named, digest_text] = split_at(text, text.find('@'));
  if (digest_text && digest_text->find('/') != std::string_view::npos) {
    return refused("…@" + std::string(*digest_text), "it holds a user name or password",
                   "give credentials with --chainer-auth=FILE or [image_registry_details]");
  }

  if (const auto mark = text.find('#'); mark != std::string_view::npos) {
    auto written = std::string(text);
    written[mark] = '/';
    return refused(text, "it has a '#', as enroot writes images", "write " + written);
  }
  RegistryRef ref{};
  if (digest_text) {
    auto digest = Digest::parse(*digest_text);
    if (!digest) return refused(text, digest.error().what, digest.error().hint);
    ref.digest = *digest;
  }

  // A colon after the last slash starts a tag; one before it belongs to the host's port.
  const auto last_slash = named.rfind('/');
  const auto tag_colon = named.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
  auto [name, tag] = split_at(named, tag_colon);
  if (tag && !is_tag(*tag)) {
    return refused(text, "'" + std::string(*tag) + "' is not a tag",
                   "a tag is up to 128 letters, digits, '_', '.' and '-'");
  }
  ref.tag = tag ? std::string(*tag) : ref.digest ? "" : "latest";

  const auto first_slash = name.find('/');
  const bool has_host =
      first_slash != std::string_view::npos && names_a_host(name.substr(0, first_slash));
  ref.host = has_host ? std::string(name.substr(0, first_slash)) : "docker.io";
  if (ref.host == "index.docker.io") ref.host = "docker.io";  // its first name
  if (!is_host(ref.host))
    return refused(text, "'" + ref.host + "' is not a host", "write HOST[:PORT]/NAME[:TAG]");
  ref.repository = has_host ? std::string(name.substr(first_slash + 1)) : std::string(name);
  if (ref.host == "docker.io" && ref.repository.find('/') == std::string::npos) {
    ref.repository.insert(0, "library/");
  }
  if (!is_repository(ref.repository)) {
    return refused(text, "'" + ref.repository + "' is not a repository name",
                   "a repository is written in lower case: letters, digits, '/', '.', '_' and '-'");
  }
  return ref;
}

/// `@sha256:…` at the end; a path may hold other at signs.
struct PinnedText {
  std::string_view text;
  std::optional<Digest> digest;
};

Result<PinnedText> split_digest(std::string_view text) {
  const auto at = text.rfind("@sha256:");
  if (at == std::string_view::npos) return PinnedText{text, std::nullopt};
  const auto digest = Digest::parse(text.substr(at + 1));
  if (!digest) return refused(text, digest.error().what, digest.error().hint);
  return PinnedText{text.substr(0, at), *digest};
}

struct Archive {
  std::string path;
  std::string name;
};

/// PATH[:NAME]: containers-transports cuts at the first colon, so a path cannot hold one.
Result<Archive> parse_archive(std::string_view text, std::string_view whole) {
  const auto [path, name] = split_at(text, text.find(':'));
  if (path.empty()) return refused(whole, "the path is missing", "");
  return Archive{std::string(path), std::string(name.value_or(""))};
}

/// What stands behind the prefix of a transport: PATH[:NAME][@DIGEST].
template <typename Ref>
Result<ImageRef::Source> parse_named_in(std::string_view text, std::string_view whole) {
  TRY_ASSIGN(const auto pinned, split_digest(text));
  TRY_ASSIGN(auto archive, parse_archive(pinned.text, whole));
  return ImageRef::Source(Ref{std::move(archive.path), std::move(archive.name), pinned.digest});
}

Result<ImageRef::Source> parse_docker_daemon(std::string_view text, std::string_view whole) {
  if (text.starts_with("sha256:")) {
    const auto id = Digest::parse(text);
    if (!id) return refused(whole, id.error().what, id.error().hint);
    return ImageRef::Source(DockerDaemonRef{std::string(text), *id});
  }
  TRY_ASSIGN(const auto pinned, split_digest(text));
  TRY(parse_registry(pinned.text));  // the engine reads the name, as we would
  return ImageRef::Source(DockerDaemonRef{std::string(pinned.text), pinned.digest});
}

template <PathRef::Kind kind>
Result<ImageRef::Source> parse_path(std::string_view text, std::string_view whole) {
  TRY_ASSIGN(const auto pinned, split_digest(text));
  if (pinned.text.empty()) return refused(whole, "the path is missing", "");
  return ImageRef::Source(PathRef{std::string(pinned.text), kind, pinned.digest});
}

struct Transport {
  std::string_view prefix;
  Result<ImageRef::Source> (*parse)(std::string_view text, std::string_view whole);
};
constexpr Transport transports[] = {{"oci:", parse_named_in<OciLayoutRef>},
                                    {"oci-archive:", parse_named_in<OciArchiveRef>},
                                    {"docker-archive:", parse_named_in<DockerArchiveRef>},
                                    {"docker-daemon:", parse_docker_daemon},
                                    {"sif:", parse_path<PathRef::Kind::sif>},
                                    {"squashfs:", parse_path<PathRef::Kind::squashfs>},
                                    {"dir:", parse_path<PathRef::Kind::folder>}};

constexpr char pull_with_apptainer[] =
    "fetch it with `apptainer pull`, and name the file: ./NAME.sif";
constexpr char save_with_podman[] =
    "save it with `podman save`, and write docker-archive:FILE, or push it to a registry";

// What people write for other tools, and what does the same here.
struct ForeignTransport {
  std::string_view prefix;
  const char* hint;
};
constexpr ForeignTransport foreign_transports[] = {
    {"library://", pull_with_apptainer}, {"shub://", pull_with_apptainer},
    {"oras://", pull_with_apptainer},    {"dockerd://", "write docker-daemon:NAME"},
    {"podman://", save_with_podman},     {"containers-storage:", save_with_podman},
};

constexpr std::string_view endings_of_files[] = {".sif", ".simg", ".sqsh",  ".squashfs",
                                                 ".tar", ".tgz",  ".tar.gz"};

/// Of a reference without a transport of ours. A name that is meant as a file's would be looked for
/// in Docker's registry.
Result<void> check_is_a_bare_name(std::string_view text) {
  for (const auto& [prefix, hint] : foreign_transports) {
    if (text.starts_with(prefix)) return refused(text, "its transport is another tool's", hint);
  }
  if (std::ranges::any_of(endings_of_files, [&](auto end) { return text.ends_with(end); })) {
    return refused(text, "it does not say whether it is a file",
                   "write ./" + std::string(text) + " for the file, or docker://" +
                       std::string(text) + " for a registry's image");
  }
  if (text.find("://") != std::string_view::npos) {
    return refused(
        text, "its transport is not known",
        "known are docker://, oci:, oci-archive:, docker-archive:, docker-daemon:, sif:, "
        "squashfs:, dir: and paths");
  }
  return {};
}

Result<ImageRef::Source> parse_source(std::string_view text) {
  constexpr std::string_view registry = "docker://";
  const auto first_name = text.substr(0, text.find('/'));
  if (text.starts_with('/') || first_name == "." || first_name == "..") {
    return parse_path<PathRef::Kind::any>(text, text);
  }
  for (const auto& [prefix, parse] : transports) {
    if (text.starts_with(prefix)) return parse(text.substr(prefix.size()), text);
  }
  const bool is_named = text.starts_with(registry);
  if (!is_named) {
    TRY(check_is_a_bare_name(text));
  }
  TRY_ASSIGN(auto ref, parse_registry(is_named ? text.substr(registry.size()) : text));
  return ImageRef::Source(std::move(ref));
}

}  // namespace

bool RegistryRef::is_loopback() const {
  const std::string_view name = std::string_view(host).substr(0, host.rfind(':'));
  return name == "localhost" || name == "[::1]" || name.starts_with("127.");
}

std::string RegistryRef::to_string() const {
  std::string text = "docker://" + host + "/" + repository;
  if (!tag.empty()) text += ":" + tag;
  if (digest) text += "@" + digest->to_string();
  return text;
}

Result<ImageRef> ImageRef::parse(std::string_view text) {
  if (text.empty()) return refused(text, "it is empty", "write a registry reference or a path");
  if (text.size() > longest_reference) return refused(text.substr(0, 40), "it is too long", "");
  const bool printable = std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!printable) return refused("…", "it holds a control character", "");

  TRY_ASSIGN(auto source, parse_source(text));
  return ImageRef(std::string(text), std::move(source));
}

std::optional<Digest> ImageRef::pinned() const {
  return std::visit([](const auto& ref) { return ref.digest; }, source_);
}

}  // namespace chainer
