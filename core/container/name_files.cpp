#include "core/container/name_files.hpp"

#include <grp.h>
#include <pwd.h>

#include <set>
#include <vector>

#include "core/take_part.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_entry = 64 * 1024;  // a group's line lists its members

std::string field(std::string_view line, int number) {
  for (; number > 0; --number) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    line.remove_prefix(colon + 1);
  }
  return std::string(line.substr(0, line.find(':')));
}

/// Name and numeric id, the first and third field of both files.
struct Keys {
  std::set<std::string> names, ids;
};

template <typename Visit>
void each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line.empty()) visit(line);
  }
}

std::string group_line(gid_t gid, const std::string& user) {
  std::vector<char> buffer(largest_entry);
  group entry{};
  group* found = nullptr;
  ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return {};
  // Only the user of this job: the other members' names are none of the container's business.
  return std::string(entry.gr_name) + ":x:" + std::to_string(gid) + ":" + user + "\n";
}

}  // namespace

Result<UserNames> look_up_names(const Account& account) {
  std::vector<char> buffer(largest_entry);
  passwd entry{};
  passwd* found = nullptr;
  const int failure = ::getpwuid_r(account.uid, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Error{"cannot find the user " + std::to_string(account.uid) + " on this node" +
                     (failure != 0 ? std::string(": ") + std::strerror(failure) : ""),
                 "an administrator must make this node know its users"};
  }
  UserNames names;
  names.name = entry.pw_name;
  names.home = entry.pw_dir;
  names.passwd_line = names.name + ":x:" + std::to_string(account.uid) + ":" +
                      std::to_string(account.gid) + ":" + entry.pw_gecos + ":" + names.home + ":" +
                      entry.pw_shell + "\n";
  names.group_lines = group_line(account.gid, names.name);
  for (const gid_t gid : account.groups) {
    if (gid != account.gid) names.group_lines += group_line(gid, names.name);
  }
  return names;
}

std::string merge_names(std::string_view ours, std::string_view image_file) {
  Keys taken;
  each_line(ours, [&](std::string_view line) {
    taken.names.insert(field(line, 0));
    taken.ids.insert(field(line, 2));
  });
  std::string merged(ours);
  each_line(image_file, [&](std::string_view line) {
    if (taken.names.contains(field(line, 0)) || taken.ids.contains(field(line, 2))) return;
    merged.append(line).append("\n");
  });
  return merged;
}

}  // namespace chainer
