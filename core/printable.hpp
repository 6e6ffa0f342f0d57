// Other people's text, made fit for a terminal.
//
// Whatever crosses accounts, or comes from a registry, an archive, an image or a file name, goes
// through here before it is printed: a terminal obeys escape sequences, and a line end starts a
// line that looks like one of ours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chainer {

inline constexpr std::size_t longest_printable = 2000;

/// One line of at most `longest` bytes. Valid UTF-8 stays as it is. Line ends, tabs and other
/// control characters, characters that are invisible or turn the direction of writing, and bytes
/// that are not UTF-8 become `\n`, `\x1b` or `\u202e`; a backslash stays one backslash. What is too
/// long loses its middle to an ellipsis, because a message's end tells the reason. Applying it
/// again changes nothing.
std::string printable(std::string_view text, std::size_t longest = longest_printable);

/// The text as it is, or its head and its tail around an ellipsis: at most `longest` bytes, and no
/// character of UTF-8 is cut in two.
std::string without_middle(std::string_view text, std::size_t longest);

/// Like `printable`, for a text of several lines, of which 40 are kept. Every line but the first is
/// indented by four blanks or more, so that none of them can pass for a message of ours.
std::string printable_lines(std::string_view text);

/// What another account's program has written, of any length: its lines and tabs stay, and all else
/// becomes what `printable` makes of it.
std::string printable_output(std::string_view text);

}  // namespace chainer
