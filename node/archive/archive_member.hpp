// The members of a user's archive (docker save, skopeo copy oci-archive:), found by name.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "node/archive/tar_reader.hpp"

namespace chainer::archive {

enum class Visit { go_on, stop };

/// Looks at one member; its data can be read from `tar`.
using MemberVisitor = std::function<Result<Visit>(const TarEntry& member, TarReader& tar)>;

/// Goes through the archive from its start. Names come without a leading `./`.
Result<void> visit_members(const std::string& archive, const MemberVisitor& visit);

/// A small member as a whole; the user's fault when it is missing or larger than `limit`.
Result<std::string> read_member(const std::string& archive, std::string_view name,
                                std::size_t limit);

}  // namespace chainer::archive
