#include "node/topology/machine_svg.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "node/topology/machine_picture.hpp"

namespace chainer::topology {
namespace {

constexpr int padding = 8;
constexpr int title_height = 20;
constexpr int core_height = 28;
constexpr int gap = 4;
constexpr int gpu_height = 24;
constexpr int letter_width = 7;  // of the font below, at its widest usual letters

struct Size {
  int width{0};
  int height{0};
};
struct Point {
  int x{0};
  int y{0};
};

/// Colours that dark letters can be read on; the same for equal ranks on every picture.
std::string_view colour_of(std::size_t rank) {
  constexpr std::string_view colours[] = {"#9ecae1", "#fdae6b", "#a1d99b", "#bcbddc",
                                          "#fc9272", "#c7b299", "#fa9fb5", "#80cdc1",
                                          "#dfc27d", "#b3cde3", "#d9f0a3", "#decbe4"};
  return colours[rank % std::size(colours)];
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (static_cast<unsigned char>(c) >= ' ')
      safe += c;
  }
  return safe;
}

class Drawing {
 public:
  Drawing(const Machine& machine, const BindingPlan& plan, const std::vector<Gpu>& gpus)
      : machine_(machine), plan_(plan), gpus_(gpus), labels_(core_labels(machine, plan)) {
    std::size_t longest = 1;
    for (const auto& label : labels_) longest = std::max(longest, label.size());
    core_width_ = std::max(core_height, static_cast<int>(longest) * letter_width + 10);
  }

  std::string text() {
    const auto size = size_of(machine_.whole);
    draw(machine_.whole, {0, 0}, size);
    // A pixel around it, for the outer lines.
    const auto width = std::to_string(size.width + 2), height = std::to_string(size.height + 2);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
           "\" viewBox=\"-1 -1 " + width + " " + height +
           "\" font-family=\"sans-serif\" font-size=\"12\">\n" + shapes_ + "</svg>\n";
  }

 private:
  std::string title_of(const Part& part) const {
    return part.kind == PartKind::machine ? "machine: " + machine_summary(machine_)
                                          : part_title(machine_, part);
  }

  std::string gpu_title(std::size_t gpu) const {
    auto title = "GPU " + std::to_string(gpu);
    if (!gpus_[gpu].place.empty()) title += " " + gpus_[gpu].place;
    return title;
  }

  static int width_of_text(const std::string& text) {
    return static_cast<int>(text.size()) * letter_width + 2 * padding;
  }

  /// Cores in rows that make about a square, at most eight beside each other.
  static int columns_of(const Part& part) {
    const auto cores = static_cast<double>(part.end_core - part.first_core);
    return std::clamp(static_cast<int>(std::ceil(std::sqrt(cores))), 1, 8);
  }

  /// Packages lie below each other, what is in them side by side.
  static bool is_stack(const Part& part) { return part.kind == PartKind::machine; }

  Size size_of_cores(const Part& part) const {
    const auto cores = static_cast<int>(part.end_core - part.first_core);
    const int columns = std::min(cores, columns_of(part));
    const int rows = columns == 0 ? 0 : (cores + columns - 1) / columns;
    return {columns * (core_width_ + gap) - gap, rows * (core_height + gap) - gap};
  }

  Size size_of_inside(const Part& part) const {
    if (part.parts.empty()) return size_of_cores(part);
    Size all;
    for (const auto& inner : part.parts) {
      const auto size = size_of(inner);
      auto& along = is_stack(part) ? all.height : all.width;
      auto& across = is_stack(part) ? all.width : all.height;
      along += (along == 0 ? 0 : padding) + (is_stack(part) ? size.height : size.width);
      across = std::max(across, is_stack(part) ? size.width : size.height);
    }
    return all;
  }

  Size size_of(const Part& part) const {
    auto size = size_of_inside(part);
    size.width = std::max(size.width + 2 * padding, width_of_text(title_of(part)));
    size.height += title_height + padding;
    for (const auto gpu : gpus_at(part, gpus_)) {
      size.width = std::max(size.width, width_of_text(gpu_title(gpu)) + 2 * padding);
      size.height += gap + gpu_height;
    }
    return size;
  }

  void draw(const Part& part, Point at, Size size) {
    rectangle(at, size, part.parts.empty() ? "#ffffff" : "#f4f4f4");
    letters({at.x + padding, at.y + title_height - 6}, title_of(part), "start");
    Point inside{at.x + padding, at.y + title_height};
    if (part.parts.empty()) draw_cores(part, inside);
    const int width = size.width - 2 * padding;
    const int height = size_of_inside(part).height;
    Point next = inside;
    for (const auto& inner : part.parts) {
      auto inner_size = size_of(inner);
      (is_stack(part) ? inner_size.width : inner_size.height) = is_stack(part) ? width : height;
      draw(inner, next, inner_size);
      (is_stack(part) ? next.y : next.x) +=
          (is_stack(part) ? inner_size.height : inner_size.width) + padding;
    }
    inside.y += height + gap;
    for (const auto gpu : gpus_at(part, gpus_)) {
      rectangle(inside, {width, gpu_height}, gpu_colour(gpu));
      letters({inside.x + width / 2, inside.y + 16}, gpu_title(gpu), "middle");
      inside.y += gpu_height + gap;
    }
  }

  void draw_cores(const Part& part, Point at) {
    const auto columns = static_cast<std::size_t>(columns_of(part));
    for (auto core = part.first_core; core < part.end_core; ++core) {
      const auto column = static_cast<int>((core - part.first_core) % columns);
      const auto row = static_cast<int>((core - part.first_core) / columns);
      const Point place{at.x + column * (core_width_ + gap), at.y + row * (core_height + gap)};
      shapes_ += "<g><title>CPUs " + machine_.cores[core].cpus.list_text() + "</title>";
      rectangle(place, {core_width_, core_height}, core_colour(core));
      letters({place.x + core_width_ / 2, place.y + 18}, labels_[core], "middle");
      shapes_ += "</g>\n";
    }
  }

  std::string_view core_colour(std::size_t core) const {
    if (machine_.cores[core].usable.empty()) return "#c8c8c8";
    for (std::size_t rank = 0; rank < plan_.ranks.size(); ++rank) {
      if (std::ranges::binary_search(plan_.ranks[rank].cores, core)) return colour_of(rank);
    }
    return "#ffffff";
  }

  std::string_view gpu_colour(std::size_t gpu) const {
    return gpu < plan_.ranks.size() ? colour_of(gpu) : "#ffffff";
  }

  void rectangle(Point at, Size size, std::string_view colour) {
    shapes_ += "<rect x=\"" + std::to_string(at.x) + "\" y=\"" + std::to_string(at.y) +
               "\" width=\"" + std::to_string(size.width) + "\" height=\"" +
               std::to_string(size.height) + "\" fill=\"" + std::string(colour) +
               "\" stroke=\"#555555\"/>\n";
  }

  void letters(Point at, const std::string& text, std::string_view anchor) {
    shapes_ += "<text x=\"" + std::to_string(at.x) + "\" y=\"" + std::to_string(at.y) +
               "\" text-anchor=\"" + std::string(anchor) + "\">" + escaped(text) + "</text>\n";
  }

  const Machine& machine_;
  const BindingPlan& plan_;
  const std::vector<Gpu>& gpus_;
  std::vector<std::string> labels_;
  int core_width_{0};
  std::string shapes_{};
};

}  // namespace

std::string machine_svg(const Machine& machine, const BindingPlan& plan,
                        const std::vector<Gpu>& gpus) {
  return Drawing(machine, plan, gpus).text();
}

}  // namespace chainer::topology
