// What CLI11 writes of itself, in the same words with each of its releases.
#pragma once

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace chainer {

/// Has the program's help begin with "Usage:", and its footer printed as it is written.
void set_format_of_help(CLI::App& program);

/// The option's value is a whole number from `least` to `most`.
void check_range(CLI::Option& option, int least, int most);

}  // namespace chainer
