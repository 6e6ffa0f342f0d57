// Becoming another account, for good.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer::store {

/// As root, becomes `name` with that account's group alone. An error for any other account but
/// `name` itself.
Result<void> become_account(const std::string& name);

}  // namespace chainer::store
