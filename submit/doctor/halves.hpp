// A job that measures the same in two places, and what it printed of each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainer::doctor {

inline constexpr std::string_view outside_of_container = "outside of a container";
inline constexpr std::string_view inside_of_container = "in a container";

enum class Place { outside, inside };

/// What a program said in one of the two places.
struct Half {
  std::string said;
  int code{0};
};

/// The lines of a shell script that run a step in this place, between two lines that tell where it
/// was and how it ended: both places print to one file. They leave the exit code in $code.
std::string script_of_half(Place place, const std::vector<std::string>& step);

/// What such a script printed of a place: once for each time that the step was begun there.
std::vector<Half> halves_in(std::string_view out, Place place);

/// The first line of it that says why: neither about the image's preparation nor, where there is
/// another, srun's about a task that ended. Else how it ended.
std::string words_of(const Half& half);

/// Whether a program could not start because the image has another libc, as the dynamic linker says,
/// or none of the same kind, as the plugin does.
bool lacks_its_libc(std::string_view said);

/// The option that brings a program of the node's into a container, at the same path.
std::string mount_of_program(const std::string& path);

}  // namespace chainer::doctor
