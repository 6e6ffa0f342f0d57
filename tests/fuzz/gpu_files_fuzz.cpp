// The list of a GPU driver's files, which root reads in every step that has a GPU.
#include "core/dotted_path.hpp"
#include "core/gpu_files.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace chainer;
  const auto list = parse_gpu_files(text_of(bytes, size), "gpu-files");
  if (!list) return 0;
  must_hold(list->files.size() <= most_gpu_files, "a step can mount all of it");
  for (const auto& file : list->files) {
    must_hold(file.path.starts_with('/') && !has_dots(file.path), "a path leads where it says");
    must_hold(file.name.find('/') == std::string::npos && !has_dots(file.name), "a name is one");
  }
  must_hold(*parse_gpu_files(gpu_files_text(*list, "again"), "again") == *list,
            "it is written as it is read");
  return 0;
}
