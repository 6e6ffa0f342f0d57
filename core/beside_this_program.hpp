// Programs and folders that come with the program that runs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace chainer {

/// The path of a program that comes with this one: in the first of `folders` that holds it, which
/// are relative to this program's own folder; else its bare name, for the PATH.
std::string find_beside_this_program(const std::string& name,
                                     std::initializer_list<std::string_view> folders);

}  // namespace chainer
