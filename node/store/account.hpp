// Becoming another account, for good.
#pragma once

#include <string>

#include "core/result.hpp"

namespace chainer::store {

/// When root: becomes `name`, with its group alone. Otherwise nothing: whoever started us chose.
Result<void> become_account(const std::string& name);

}  // namespace chainer::store
