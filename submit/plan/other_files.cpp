#include "submit/plan/other_files.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace chainer::plan {

std::string hint_on_other_file(const std::string& file) {
  const auto ending = std::filesystem::path(file).extension().string();
  if (file == "-")
    return "the paths in an estimator are relative to its folder: write it to a file there";
  if (ending == ".py")
    return fmt::format(
        "this is the name of a script: chainer-submit init {} writes an estimator beside it", file);
  if (ending == ".yml" || ending == ".yaml" || ending == ".runconfig")
    return fmt::format("chainer-submit import {} makes an estimator of it", file);
  if (ending == ".sh" || ending == ".bash" || ending == ".sbatch" || ending == ".slurm")
    return fmt::format(
        "this is the name of a job script: sbatch {} submits it, with --chainer-image and the "
        "other options where it runs in a container",
        file);
  return "";
}

bool is_notebook(std::string_view script) { return script.ends_with(".ipynb"); }

std::string hint_on_notebook(const std::string& script) {
  return fmt::format("jupyter nbconvert --to script {} makes a script of it", script);
}

}  // namespace chainer::plan
