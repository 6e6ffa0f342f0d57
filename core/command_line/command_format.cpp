#include "core/command_line/command_format.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace chainer {
namespace {

class Format : public CLI::Formatter {
 public:
  Format() {
    // CLI11 fills lines anew from 2.5 on.
    [](auto& format) {
      if constexpr (requires { format.enable_footer_formatting(false); })
        format.enable_footer_formatting(false);
    }(*this);
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    auto usage = CLI::Formatter::make_usage(app, std::move(name));
    const auto begin = usage.find_first_not_of('\n');
    if (begin != std::string::npos && !std::string_view(usage).substr(begin).starts_with("Usage:"))
      usage.insert(begin, "Usage: ");
    return usage;
  }
};

}  // namespace

void set_format_of_help(CLI::App& program) { program.formatter(std::make_shared<Format>()); }

void check_range(CLI::Option& option, int least, int most) {
  const auto check = [least, most](std::string& text) -> std::string {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec == std::errc{} && read.ptr == end && least <= value && value <= most) return "";
    return "Value " + text + " not in range " + std::to_string(least) + " to " +
           std::to_string(most);
  };
  option.check(CLI::Validator(check, ""));
}

}  // namespace chainer
