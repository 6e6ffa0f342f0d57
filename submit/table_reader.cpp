#include "submit/table_reader.hpp"

namespace chainer {

void report_unknown_key(const TomlMember& member, std::string_view full_name,
                        const std::vector<std::string_view>& known, Report& report) {
  const auto meant = nearest(member.key, known);
  report.error(member.key_place, fmt::format("unknown key '{}'", full_name),
               meant.empty() ? "chainer-submit explain lists every key"
                             : fmt::format("did you mean '{}'?", meant));
}

void report_unsupported(const TomlMember& member, std::string_view full_name, Report& report) {
  report.error(member.key_place, fmt::format("{} is not supported yet in this version", full_name),
               "remove it; chainer-submit explain shows which keys work");
}

}  // namespace chainer
