#include "submit/run_folder.hpp"

namespace chainer {
namespace {

constexpr std::size_t longest_name = 60;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string runs_of(const Site& site, const std::string& user) { return site.runs + "/" + user; }

std::string folder_name(std::string_view run_name) {
  std::string name;
  for (const char c : run_name.substr(0, longest_name)) {
    if (is_plain(c)) name += c;
    else if (!name.ends_with('-')) name += '-';
  }
  // A leading dot would hide the folder, a leading dash reads as an option.
  while (name.starts_with('.') || name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "run" : name;
}

}  // namespace chainer
