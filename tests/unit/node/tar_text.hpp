// Tar archives for tests, written by hand: also such as no tool would write.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace chainer {

class TarText {
 public:
  TarText& directory(std::string_view path, unsigned mode = 0755) { return entry(path, '5', mode); }
  TarText& file(std::string_view path, std::string_view content, unsigned mode = 0644) {
    return entry(path, '0', mode, content);
  }
  TarText& symlink(std::string_view path, std::string_view target) {
    return entry(path, '2', 0777, "", target);
  }
  TarText& hard_link(std::string_view path, std::string_view target) {
    return entry(path, '1', 0644, "", target);
  }
  TarText& fifo(std::string_view path) { return entry(path, '6', 0600); }
  TarText& character_device(std::string_view path) { return entry(path, '3', 0666); }
  TarText& whiteout(std::string_view folder, std::string_view name) {
    return file(std::string(folder) + ".wh." + std::string(name), "");
  }
  /// A pax record for the next entry, "path=…" or "SCHILY.xattr.security.capability=…".
  TarText& pax(std::string_view record) {
    std::size_t length = record.size() + 3;
    while (std::to_string(length).size() + record.size() + 2 != length) ++length;
    return entry("PaxHeader", 'x', 0644, std::to_string(length) + " " + std::string(record) + "\n");
  }

  /// Raw, for archives that lie: `size` is what the header says.
  TarText& header(std::string_view path, char type, unsigned mode, unsigned long long size,
                  std::string_view target = "") {
    std::array<char, 512> block{};
    put(block.data(), 100, path);
    std::snprintf(block.data() + 100, 8, "%07o", mode);
    std::snprintf(block.data() + 108, 8, "%07o", 7);  // uid
    std::snprintf(block.data() + 116, 8, "%07o", 8);  // gid
    std::snprintf(block.data() + 124, 12, "%011llo", size);
    std::snprintf(block.data() + 136, 12, "%011llo", 1'000'000'000ULL);
    block[156] = type;
    put(block.data() + 157, 100, target);
    std::memcpy(block.data() + 257, "ustar\00000", 8);
    std::snprintf(block.data() + 329, 8, "%07o", 1U);  // device 1, 3
    std::snprintf(block.data() + 337, 8, "%07o", 3U);
    std::memset(block.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    std::snprintf(block.data() + 148, 8, "%06o", sum);
    text_.append(block.data(), block.size());
    return *this;
  }

  std::string text() const { return text_ + std::string(1024, '\0'); }
  std::string cut_text() const { return text_; }

 private:
  static void put(char* field, std::size_t size, std::string_view value) {
    std::memcpy(field, value.data(), std::min(size, value.size()));
  }
  TarText& entry(std::string_view path, char type, unsigned mode, std::string_view content = "",
                 std::string_view target = "") {
    header(path, type, mode, content.size(), target);
    text_ += content;
    text_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  std::string text_;
};

}  // namespace chainer
