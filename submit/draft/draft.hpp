// An estimator that is written for a person to read and change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "submit/toml/toml_text.hpp"

namespace chainer::draft {

using toml::Data;

class Draft {
 public:
  /// Adds a comment above everything, which may have several lines.
  void say(const std::string& text);
  /// `comment` stands above the key. A key that is already set keeps its place.
  void set(std::string_view key, Data data, std::string comment = {});
  /// A key of a table that has a header of its own.
  void set_in(std::string_view table, std::string_view key, Data data, std::string comment = {});
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The value of a key; null when it is not set.
  const Data* find(std::string_view key) const;

  std::string text() const;

 private:
  struct Key {
    std::string name;
    Data data;
    std::string comment;
  };
  struct Table {
    std::string name;
    std::vector<Key> keys;
  };

  static void set(std::vector<Key>& keys, std::string_view key, Data data, std::string comment);

  std::string head_;
  std::vector<Key> keys_;
  std::vector<Table> tables_;
};

}  // namespace chainer::draft
