// A manual page in the macros of man(7), written from its top to its end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chainer {

class ManualPage {
 public:
  struct Title {
    std::string_view name;
    int number;
    std::string_view book;      ///< "File Formats"
    std::string_view sentence;  ///< behind the name
    std::string_view origin;    ///< what wrote the page, for whoever opens the file
  };
  explicit ManualPage(const Title& title);

  ManualPage& section(std::string_view name);
  ManualPage& subsection(std::string_view name);
  /// Text that is filled. Each call begins a paragraph.
  ManualPage& paragraph(std::string_view text);
  /// A word in bold with the text about it below.
  ManualPage& entry(std::string_view word, std::string_view text);
  /// The same of an option that takes a value; `value` may be empty.
  ManualPage& option(std::string_view names, std::string_view value, std::string_view text);
  /// The same of an argument, whose name stands for what is given.
  ManualPage& argument(std::string_view name, std::string_view text);
  /// One more sentence of the entry before, on a line of its own.
  ManualPage& detail(std::string_view text);
  /// Lines that stay as they are: what people copy.
  ManualPage& lines(std::string_view text);
  /// A way to call a program: what is typed as it stands, and what stands for something.
  ManualPage& usage(std::string_view command, const std::vector<std::string>& placeholders);
  /// The last section: `sbatch(1)`.
  ManualPage& see_also(const std::vector<std::string_view>& pages);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool has_usage_{false};
};

/// Text that troff shows as it stands.
std::string roff(std::string_view text);

}  // namespace chainer
