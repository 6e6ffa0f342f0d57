// The manual page of chainer-node: docs/man.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace chainer {

/// chainer-node(8), from the definition of the command line.
std::string node_manual(const CLI::App& program);

}  // namespace chainer
