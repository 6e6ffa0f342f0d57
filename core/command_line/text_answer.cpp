#include "core/command_line/text_answer.hpp"

#include <CLI/CLI.hpp>

namespace chainer {

std::optional<TextAnswer> read_arguments(CLI::App& program,
                                         const std::vector<std::string>& arguments) {
  try {
    program.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // from its end
  } catch (const CLI::CallForHelp&) {
    return TextAnswer{program.help()};
  } catch (const CLI::CallForVersion& shown) {
    return TextAnswer{std::string(shown.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    const auto& name = program.get_name();
    return TextAnswer{name + ": " + error.what() + "\nnext: " + name + " --help\n", true};
  }
  return std::nullopt;
}

bool write_to(std::FILE* stream, const std::string& text) {
  return std::fputs(text.c_str(), stream) >= 0 && std::fflush(stream) == 0;
}

}  // namespace chainer
