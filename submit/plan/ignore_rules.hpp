// What a snapshot leaves out, in gitignore's grammar (gitignore(5), "PATTERN FORMAT").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainer::plan {

enum class EntryKind { file, folder };

class IgnoreRules {
 public:
  static IgnoreRules parse(std::string_view text);

  /// Whether the last rule that matches `path` (relative to the rules' folder, with `/`) leaves it
  /// out; nothing when no rule matches. What lies below an ignored folder is ignored too, so the
  /// caller does not descend into it.
  std::optional<bool> ignores(std::string_view path, EntryKind kind) const;

 private:
  struct Rule {
    std::vector<std::string> segments;  ///< "**" stands for any number of folders
    bool folders_only{false};
    bool keeps{false};  ///< written with a leading `!`
  };
  std::vector<Rule> rules_;
};

}  // namespace chainer::plan
