// What may stand next on a command line that is being typed, from the definition that it is read by.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace chainer {

struct Completion {
  enum class Paths { none, files, folders };
  struct Word {
    std::string word;      ///< one that ends in '=' goes on behind it
    std::string sentence;  ///< about it; may be empty
  };
  std::vector<Word> words{};
  Paths paths{Paths::none};  ///< what of the file system may stand there too
};

/// What the program knows that its definition does not: the words for a value that --help calls
/// `value`, such as RUN, of which `typed` is there.
using ValueWords =
    std::function<std::vector<Completion::Word>(std::string_view value, std::string_view typed)>;

struct CompletionRules {
  std::string_view default_command;  ///< the one that is meant where none is named; may be empty
  ValueWords value_words;
};

/// What may stand in the place of the last of `words`, the words behind the program's name, of which
/// the last may be empty. Only words that begin as it does.
Completion complete(const CLI::App& program, const std::vector<std::string>& words,
                    const CompletionRules& rules);

/// As the scripts of the shells read it: `words`, `files` or `folders`, then a word and its sentence
/// on each line, with a tab between them.
std::string completion_text(const Completion& completion);

}  // namespace chainer
