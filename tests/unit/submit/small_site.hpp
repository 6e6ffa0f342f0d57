// A site of one target, and an estimator for it.
#pragma once

#include <string>

#include "temporary_folder.hpp"

namespace chainer {

/// Writes a recipe, and a site file that knows the target `c`, into `folder`.
inline void write_small_site(const TemporaryFolder& folder) {
  folder.write("recipes/7.8.1.toml", "pip = [\"chainer==7.8.1\"]\n");
  folder.write("site.toml",
               "runs = \"/runs\"\n[images]\ncpu = \"h.org/i:1\"\n[node_types.n]\ncpus = 4\n"
               "memory = \"8g\"\n[compute_targets.c]\nnode_type = \"n\"\n");
}

/// Four lines of an estimator for it, and `keys` below them; its script is source/train.py.
inline void write_small_estimator(const TemporaryFolder& folder, const std::string& keys) {
  folder.write("train.toml",
               "source_directory = \"source\"\nentry_script = \"train.py\"\n"
               "compute_target = \"c\"\nframework_version = \"7.8.1\"\n" +
                   keys);
}

}  // namespace chainer
