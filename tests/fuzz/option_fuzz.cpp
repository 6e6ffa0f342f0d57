// Values of --chainer options, which users can forge on their way to the node.
#include "core/byte_size.hpp"
#include "core/container/mount_spec.hpp"
#include "core/image_ref.hpp"
#include "spank_plugin/options.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto text = text_of(bytes, size);
  for (const auto& spec : option_specs) static_cast<void>(spec.check(text).has_value());
  if (const auto reference = ImageRef::parse(text)) {
    must_hold(reference->text() == text, "a reference keeps its text");
    static_cast<void>(reference->pinned());
    if (const auto* registry = std::get_if<RegistryRef>(&reference->source())) {
      must_hold(ImageRef::parse(registry->to_string()).has_value(), "a whole reference is one");
    }
  }
  if (const auto mounts = MountSpec::parse_list(text)) {
    for (const auto& listed : *mounts) {
      const auto mount = listed.in("/home/ann");
      if (!mount) continue;
      const auto& destination = mount->destination;
      must_hold(destination.starts_with('/') && destination.size() > 1,
                "a destination lies below /");
      must_hold(destination.find("/../") == std::string::npos, "a destination does not climb");
    }
  }
  static_cast<void>(MountSpec::parse(text).has_value());
  static_cast<void>(ByteSize::parse(text).has_value());
  return 0;
}
