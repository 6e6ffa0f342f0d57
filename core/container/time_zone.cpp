#include "core/container/time_zone.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "core/fd_io.hpp"
#include "core/unique_fd.hpp"

namespace chainer {
namespace {

constexpr char local_time[] = "/etc/localtime";
constexpr std::string_view zones = "/zoneinfo/";
constexpr std::size_t largest_zone_file = 64 * 1024;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string zone_of_link(std::string_view target) {
  const auto at = target.find(zones);
  if (at == std::string_view::npos) return {};
  target.remove_prefix(at + zones.size());
  const bool is_name = is_printable(target) && target.find("..") == std::string_view::npos;
  return is_name ? std::string(target) : std::string();
}

std::string rule_of_zone_file(std::string_view bytes) {
  if (!bytes.starts_with("TZif") || !bytes.ends_with('\n')) return {};
  bytes.remove_suffix(1);
  const auto line = bytes.find_last_of('\n');
  const auto rule = line == std::string_view::npos ? std::string_view() : bytes.substr(line + 1);
  return is_printable(rule) ? std::string(rule) : std::string();
}

TimeZone TimeZone::of_host() {
  TimeZone zone;
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(local_time, target.data(), target.size());
  if (size > 0) zone.name = zone_of_link({target.data(), static_cast<std::size_t>(size)});
  const UniqueFd file(::open(local_time, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return zone;
  if (const auto bytes = read_all(file.get(), largest_zone_file))
    zone.rule = rule_of_zone_file(*bytes);
  return zone;
}

std::string TimeZone::in_container() const {
  const std::string file = "/usr/share/zoneinfo/" + name;
  return !name.empty() && ::access(file.c_str(), R_OK) == 0 ? name : rule;
}

}  // namespace chainer
