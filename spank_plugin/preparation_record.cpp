#include "spank_plugin/preparation_record.hpp"

#include <pwd.h>

#include <array>
#include <cstdio>
#include <vector>

#include "core/printable.hpp"

namespace chainer {
namespace {

constexpr std::size_t largest_passwd_entry = 16 * 1024;
constexpr std::size_t longest_reference = 300;
constexpr std::size_t longest_cause = 500;

std::string user_name(uid_t uid) {
  std::vector<char> buffer(largest_passwd_entry);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? printable(entry.pw_name) : "unknown";
}

std::string quoted(std::string_view text, std::size_t longest) {
  std::string result = "\"";
  for (const char c : printable(text, longest)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string seconds(std::chrono::milliseconds took) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(took.count()) / 1000);
  return text.data();
}

std::string key_of(const std::optional<UsedEntry>& entry) {
  return entry ? entry->key.to_string() : "none";
}

bool was_made(const std::optional<UsedEntry>& entry) {
  return entry && entry->origin == UsedEntry::Origin::helpers;
}

}  // namespace

std::string PreparationRecord::line(const Step& step) const {
  const char* result = failure                                    ? "failed"
                       : was_made(image) || was_made(environment) ? "made"
                                                                  : "warm";
  std::string text =
      "chainer: preparation result=" + std::string(result) +
      " uid=" + std::to_string(step.account.uid) + " user=" + user_name(step.account.uid) +
      " job=" + std::to_string(step.job_id) + " step=" + step.id() + " seconds=" + seconds(took) +
      " image=" + key_of(image) + " environment=" + key_of(environment) +
      " reference=" + quoted(reference, longest_reference);
  if (failure) text += " cause=" + quoted(failure->what, longest_cause);
  return text;
}

}  // namespace chainer
