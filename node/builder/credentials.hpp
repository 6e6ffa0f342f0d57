// Credentials inside URLs: what must never reach a log, a lock or a key.
#pragma once

#include <string>
#include <string_view>

namespace chainer::builder {

/// The text with `USER:PASSWORD@` taken out of every URL in it, and the values of query parameters
/// that name a token, a key, a password or a signature replaced by `***`.
std::string without_credentials(std::string_view text);

/// True when without_credentials would change the text.
bool holds_credentials(std::string_view text);

}  // namespace chainer::builder
