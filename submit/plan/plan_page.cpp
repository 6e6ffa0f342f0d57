#include "submit/plan/plan_page.hpp"

#include <fmt/format.h>

#include <vector>

#include "submit/plan/plan_members.hpp"

namespace chainer::plan {
namespace {

constexpr std::string_view page_head =
    "# A plan as JSON\n"
    "\n"
    "<!-- Written from submit/plan/plan_members.hpp by its test: UPDATE_GOLDEN=1 writes it again. "
    "-->\n"
    "\n"
    "`plan.json` in a run's folder, and the member `plan` of what `chainer-submit render --json` "
    "writes, say all that\n"
    "a run will do: every default is filled in, every size is a number. `chainer-submit render "
    "--plan plan.json`\n"
    "makes the same job script of it again.\n"
    "\n"
    "Every member is always there, in this order, and no other one: a plan that lacks one or has "
    "one more is refused.\n"
    "An integer is whole, and at least 0 unless it says otherwise. Text that is no UTF-8, as a "
    "path may be, is\n"
    "`{\"hex\": \"66ff\"}`, all of its bytes.\n"
    "\n"
    "The first member is `plan_version`, an integer: ";

/// The tables of the page, one for each kind of object.
class Page {
 public:
  template <typename T>
  void table(const std::string& heading, const T& record) {
    rows_ = fmt::format("\n## {}\n\n| member | type | |\n|---|---|---|\n", heading);
    visit(*this, record);
    text_ += rows_;
  }

  template <typename T>
  void operator()(const char* name, const T& value, std::string_view sentence) {
    rows_ += fmt::format("| {} | {} | {} |\n", name, type(name, value), sentence);
  }

  const std::string& text() const { return text_; }

 private:
  static std::string type(const std::string&, const std::string&) { return "string"; }
  static std::string type(const std::string&, bool) { return "boolean"; }
  static std::string type(const std::string&, int) { return "integer"; }
  static std::string type(const std::string&, std::int64_t) { return "integer"; }
  static std::string type(const std::string&, std::uint64_t) { return "integer"; }
  static std::string type(const std::string&, ByteSize) { return "integer above 0, bytes"; }
  static std::string type(const std::string&, const PlannedImage&) {
    return "object: `reference`, a string, and `digest`, `sha256:` and 64 hex digits, where it is "
           "pinned";
  }
  static std::string type(const std::string&,
                          const std::vector<std::pair<std::string, std::string>>&) {
    return "object of strings";
  }
  template <typename T>
  static std::string type(const std::string& name, const std::vector<T>&) {
    return "array of " + plural(name, T{});
  }
  template <typename T>
  static std::string type(const std::string& name, const std::optional<T>&) {
    return fmt::format("object, see [{0}](#{0}), or null", name);
  }
  template <typename T>
  static std::string type(const std::string& name, const T&) {
    return fmt::format("object, see [{0}](#{0})", name);
  }

  static std::string plural(const std::string&, const std::string&) { return "strings"; }
  static std::string plural(const std::string&, const ArgumentGroup&) {
    return "arrays of strings";
  }
  template <typename T>
  static std::string plural(const std::string& name, const T&) {
    return fmt::format("objects, see [{0}](#{0})", name);
  }

  std::string text_, rows_;
};

}  // namespace

std::string plan_page() {
  const Plan plan{"", "", {}, "", "", {}, NoImage{}, "", ByteSize::from_bytes(1),
                  "", "", {}, "", {}, {}};
  Page page;
  page.table("The plan", plan);
  page.table("registry_login", RegistryLogin{});
  page.table("allocation", plan.allocation);
  page.table("binds", Bind{});
  page.table("downloads", Download{});
  page.table("shell", plan.shell);
  page.table("template", JobTemplate{});
  page.table("source", plan.source);
  page.table("files", SourceFile{});
  page.table("links", SourceLink{});
  return fmt::format(
      "{}{} here, and one more whenever a member changes its name, type or "
      "meaning.\n{}",
      page_head, plan_version, page.text());
}

}  // namespace chainer::plan
