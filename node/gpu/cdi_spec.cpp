#include "node/gpu/cdi_spec.hpp"

#include <yaml-cpp/yaml.h>

namespace chainer::gpu {
namespace {

constexpr std::size_t most_mounts = 4096;  // an alias may stand for the same mounts again and again

struct WrongSpec {
  Error error;
};

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) {
  const auto place = mark.is_null() ? "" : "line " + std::to_string(mark.line + 1) + ": ";
  throw WrongSpec{{place + why, ""}};
}

std::string text_of(const YAML::Node& map, const char* key) {
  const auto value = map[key];
  if (!value || !value.IsScalar())
    refuse(map.Mark(), std::string("expected a text for '") + key + "'");
  return value.Scalar();
}

/// The sequence of a map; empty where it has none.
YAML::Node sequence_of(const YAML::Node& map, const char* key) {
  if (!map.IsMap()) refuse(map.Mark(), std::string("expected a map, with '") + key + "'");
  const auto value = map[key];
  if (!value || value.IsNull()) return YAML::Node(YAML::NodeType::Sequence);
  if (!value.IsSequence()) refuse(value.Mark(), std::string("expected a list for '") + key + "'");
  return value;
}

/// The mounts of the containerEdits of a device, or of the whole specification.
void add_mounts(const YAML::Node& edited, std::vector<CdiMount>& mounts) {
  const auto edits = edited["containerEdits"];
  if (!edits || edits.IsNull()) return;
  for (const auto& mount : sequence_of(edits, "mounts")) {
    if (!mount.IsMap()) refuse(mount.Mark(), "expected a map for each of 'mounts'");
    if (mounts.size() == most_mounts) refuse(mount.Mark(), "there are too many mounts");
    mounts.push_back({text_of(mount, "hostPath"), text_of(mount, "containerPath")});
  }
}

CdiSpec read_spec(const YAML::Node& root) {
  if (!root.IsMap()) refuse(root.Mark(), "expected a map, with 'kind' and 'devices'");
  CdiSpec spec{text_of(root, "kind"), {}};
  add_mounts(root, spec.mounts);
  for (const auto& device : sequence_of(root, "devices")) {
    if (!device.IsMap()) refuse(device.Mark(), "expected a map for each of 'devices'");
    add_mounts(device, spec.mounts);
  }
  return spec;
}

}  // namespace

Result<CdiSpec> parse_cdi_spec(const std::string& text) {
  try {
    return read_spec(YAML::Load(text));
  } catch (const WrongSpec& wrong) {
    return wrong.error;
  } catch (const YAML::Exception& failure) {
    const auto place =
        failure.mark.is_null() ? "" : "line " + std::to_string(failure.mark.line + 1) + ": ";
    return Error{place + failure.msg, ""};
  }
}

}  // namespace chainer::gpu
