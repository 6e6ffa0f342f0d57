// How the image's ENTRYPOINT comes before a command that somebody else starts.
#pragma once

namespace chainer {

/// A program in the container that Slurm starts instead of the command. It starts the entrypoint in
/// image_conf_path, followed by the command and its arguments.
inline constexpr char entrypoint_program[] = "/opt/chainer/entrypoint";
/// The variable with the command's own first word, which that program has replaced.
inline constexpr char command_variable[] = "CHAINER_SUBMIT_COMMAND";

}  // namespace chainer
