// How the image's ENTRYPOINT comes before a command that somebody else starts.
#pragma once

namespace chainer {

/// A program in the container that Slurm starts in the command's place. It starts the entrypoint of
/// image_conf_path, with the command and its arguments behind it.
inline constexpr char entrypoint_program[] = "/opt/chainer/entrypoint";
/// The command's own first word, which that program took the place of.
inline constexpr char command_variable[] = "CHAINER_SUBMIT_COMMAND";

}  // namespace chainer
