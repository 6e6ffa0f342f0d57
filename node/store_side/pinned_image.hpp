// An image that the user's side names by its digest, before it has asked anybody for it.
//
// Of all preparations of one user that want the same one, on whatever nodes, one shows the document,
// and so asks the registry; the others wait for it and then find the entry. A digest alone gives
// nobody more than root's own look-up does: what is public, what is the user's own, and what the
// user has shown the bytes of before.
#pragma once

#include <functional>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "node/store/store_lock.hpp"
#include "node/store_side/session.hpp"

namespace chainer::store_side {

/// Serves an image by the document that comes next, and lets `flight` live by its signs of life.
using ServeShown = std::function<Result<Served>(store::StoreLock& flight)>;

/// Serves the image of `pinned`: from the store, from another preparation, else by `serve_shown`,
/// once the user's side was told to show the document.
Result<Served> serve_pinned_image(StoreSession& session, const wire::Hello& hello,
                                  const Digest& pinned, const ServeShown& serve_shown);

}  // namespace chainer::store_side
