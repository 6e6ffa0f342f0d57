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

/// The members that every line has, in this order, which programs without a JSON parser may rely on.
std::string json_line(const Step& step, std::string_view what, std::string_view phase,
                      std::chrono::milliseconds took, std::uint64_t bytes, bool is_cache_hit) {
  constexpr std::size_t longest_name = 256;
  return "{\"node\":" + quoted(step.node, longest_name) +
         ",\"step\":" + quoted(step.id(), longest_name) + ",\"what\":\"" + std::string(what) +
         "\",\"phase\":\"" + std::string(phase) + "\",\"seconds\":" + seconds(took) +
         ",\"bytes\":" + std::to_string(bytes) +
         ",\"cache_hit\":" + (is_cache_hit ? "true" : "false") + "}\n";
}

std::string json_lines_of(const Step& step, std::string_view what,
                          const std::optional<UsedEntry>& entry) {
  if (!entry) return "";
  std::string lines;
  for (const auto& time : entry->work.phases) {
    const std::chrono::milliseconds took(static_cast<long>(time.seconds * 1000));
    lines += json_line(step, what, name_of(time.phase), took, time.bytes, false);
  }
  if (!entry->work.made_here) lines += json_line(step, what, "found", {}, 0, true);
  return lines;
}

bool was_made(const std::optional<UsedEntry>& entry) {
  return entry && entry->origin == UsedEntry::Origin::helpers;
}

}  // namespace

bool PreparationRecord::is_warm() const { return !was_made(image) && !was_made(environment); }

std::string PreparationRecord::line(const Step& step) const {
  const char* result = failure ? "failed" : is_warm() ? "warm" : "made";
  std::string text =
      "chainer: preparation result=" + std::string(result) +
      " uid=" + std::to_string(step.account.uid) + " user=" + user_name(step.account.uid) +
      " job=" + std::to_string(step.job_id) + " step=" + step.id() + " seconds=" + seconds(took) +
      " image=" + key_of(image) + " environment=" + key_of(environment) +
      " reference=" + quoted(reference, longest_reference);
  if (failure) text += " cause=" + quoted(failure->what, longest_cause);
  return text;
}

std::string PreparationRecord::json_lines(const Step& step) const {
  return json_lines_of(step, "image", image) + json_lines_of(step, "environment", environment) +
         json_line(step, "node", "whole", took, 0, is_warm());
}

}  // namespace chainer
