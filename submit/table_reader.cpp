#include "submit/table_reader.hpp"

#include <fmt/ranges.h>

namespace chainer {

void report_unknown_key(const TomlMember& member, std::string_view full_name,
                        const std::vector<std::string_view>& known, KnownElsewhere elsewhere,
                        Report& report) {
  constexpr std::size_t short_list = 8;
  std::string meant = elsewhere ? elsewhere(member.key) : "";
  if (meant.empty()) meant = nearest(member.key, known);
  report.error(member.key_place, fmt::format("unknown key '{}'", full_name),
               !meant.empty()               ? fmt::format("did you mean '{}'?", meant)
               : known.size() <= short_list ? fmt::format("known here: {}", fmt::join(known, ", "))
                                            : "chainer-submit explain lists every key");
}

void report_unsupported(const TomlMember& member, std::string_view full_name, Report& report) {
  report.error(member.key_place, fmt::format("{} is not supported yet in this version", full_name),
               "remove it; chainer-submit explain shows which keys work");
}

}  // namespace chainer
