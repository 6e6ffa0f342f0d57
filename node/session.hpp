// What the store's side has in hand while it serves one preparation.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "core/plugin_conf.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"
#include "node/frame.hpp"
#include "node/protocol.hpp"
#include "node/store.hpp"

namespace chainer {

/// Prints one line on the job's stderr. Given in by main: nobody else prints.
using Say = std::function<void(std::string_view line)>;

struct StoreSession {
  const PluginConf& conf;
  const Store& store;
  uid_t owner;        ///< the job's user, from root
  std::string label;  ///< "node n1, step 12.0"
  FrameReader from_user;
  FrameWriter to_user;
  Say say;
};

/// An error that the peer has printed already is passed on without being printed again.
struct PreparationFailure {
  Error error;
  bool printed{false};
};

/// `chainer-node store-side`: reads the hello, serves it, sends `ready` or `failure`. The entry that
/// root may mount. Kinds: image in store_side_image.cpp, environment in store_side_environment.cpp.
Result<StoreEntry> serve_image(StoreSession& session, const Hello& hello);

}  // namespace chainer
