// plugin.conf, which root reads in every step.
#include "core/plugin_conf.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  if (const auto conf = parse_plugin_conf(text_of(bytes, size), "plugin.conf")) {
    must_hold(conf->store.starts_with('/'), "the store is an absolute folder");
    must_hold(conf->helper.starts_with('/'), "the helper is an absolute path");
    must_hold(conf->run_dir.starts_with('/'), "run_dir is an absolute folder");
  }
  return 0;
}
