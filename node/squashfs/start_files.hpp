// What every container's start reads, whatever its program is: an image keeps it where it is read
// fastest.
#pragma once

#include <string_view>

namespace chainer::squashfs {

/// Looked up before the program's first instruction. `folder` as in "/usr/lib", "" for the root.
bool is_looked_up_by_every_start(std::string_view folder, std::string_view name);

/// Mapped into every program: the dynamic loader, its cache and the C library, of glibc and musl.
bool is_mapped_by_every_start(std::string_view name);

}  // namespace chainer::squashfs
