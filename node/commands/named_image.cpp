#include "node/commands/named_image.hpp"

#include <utility>

namespace chainer::commands {

Result<NamedImage> named_image(const std::string& text, const std::string& auth_file) {
  TRY_ASSIGN(auto reference, ImageRef::parse(text));
  TRY_ASSIGN(auto registries, source::registries_for(reference, auth_file));
  return NamedImage{std::move(reference), std::move(registries)};
}

}  // namespace chainer::commands
