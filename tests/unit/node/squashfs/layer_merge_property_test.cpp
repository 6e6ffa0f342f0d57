// The merge, top first and without unpacking, against the obvious way: bottom first, into a map.
#include <gtest/gtest.h>

// After GoogleTest, whose names it uses.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/unit/node/layer_fixture.hpp"
#include "tests/unit/node/tar_text.hpp"

namespace chainer::layer_merge_property_test {
namespace {

/// path → content; nothing: a directory.
using Model = std::map<std::string, std::optional<std::string>>;

bool is_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

void remove_below(Model& model, const std::string& folder) {
  std::erase_if(model, [&](const auto& item) { return is_below(item.first, folder); });
}

void make_parents(Model& model, const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    model[path.substr(0, slash)] = std::nullopt;
  }
}

const std::vector<std::string> paths{"a", "b", "a/a", "a/b", "b/a", "a/a/a", "a/a/b"};

/// One layer of random entries that a builder could have made: no name twice, nothing below a file.
class RandomLayer {
 public:
  RandomLayer(int number, const Model& below) : number_(number), model_(below) {
    const auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(paths));
    for (const auto& path : chosen) {
      if (std::ranges::any_of(used_, [&](const auto& old) { return clash(path, old); })) continue;
      used_.push_back(path);
    }
    plan_whiteouts();
    for (const auto& path : used_) add(path);
  }

  std::string text() const { return tar_.text(); }
  const Model& model() const { return model_; }

 private:
  static bool clash(const std::string& a, const std::string& b) {
    return a == b || is_below(a, b) || is_below(b, a);
  }

  /// Whiteouts concern the layers below, wherever in the archive they stand.
  void plan_whiteouts() {
    std::vector<std::string> rest;
    for (const auto& path : used_) {
      switch (*rc::gen::inRange(0, 5)) {
        case 0:
          tar_.whiteout(path.substr(0, path.rfind('/') + 1), path.substr(path.rfind('/') + 1));
          model_.erase(path);
          remove_below(model_, path);
          // Its folders are not made by it: only what they still hold counts.
          break;
        case 1:
          tar_.directory(path).file(path + "/.wh..wh..opq", "");
          remove_below(model_, path);
          make_parents_over_files(path);
          model_[path] = std::nullopt;
          break;
        default: rest.push_back(path);
      }
    }
    used_ = rest;
  }

  void make_parents_over_files(const std::string& path) { make_parents(model_, path); }

  void add(const std::string& path) {
    const auto kind = *rc::gen::inRange(0, 3);
    if (kind == 0) {
      tar_.directory(path);
      make_parents(model_, path);
      model_[path] = std::nullopt;
      return;
    }
    std::string content = std::to_string(number_) + path;
    const auto target = kind == 2 ? linkable() : std::nullopt;
    if (target && !clash(*target, path)) {
      content = *model_.at(*target);
      tar_.hard_link(path, *target);
    } else {
      tar_.file(path, content);
    }
    make_parents(model_, path);
    remove_below(model_, path);
    model_[path] = content;
  }

  /// A file that is there now and that this layer does not touch any more.
  std::optional<std::string> linkable() const {
    for (const auto& known : model_) {
      const bool touched =
          std::ranges::any_of(used_, [&](const auto& used) { return clash(known.first, used); });
      if (known.second && !touched) return known.first;
    }
    return std::nullopt;
  }

  int number_;
  Model model_;
  std::vector<std::string> used_{};
  TarText tar_{};
};

Model model_of(const Listing& listing) {
  Model model;
  for (const auto& [path, line] : listing) {
    const auto open = line.find('[');
    model[path] = line.starts_with("d")
                      ? std::nullopt
                      : std::optional(line.substr(open + 1, line.find(']') - open - 1));
  }
  return model;
}

RC_GTEST_PROP(LayerMerge, GivesWhatUnpackingInOrderGives, ()) {
  Model model;
  std::vector<std::string> layers;
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    const RandomLayer layer(i, model);
    layers.push_back(layer.text());
    model = layer.model();
  }
  RC_ASSERT(model_of(merged(layers)) == model);
}

}  // namespace
}  // namespace chainer::layer_merge_property_test
