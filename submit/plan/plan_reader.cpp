#include "submit/plan/plan_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/characters.hpp"
#include "core/json/json_text.hpp"
#include "submit/plan/plan_members.hpp"
#include "submit/plan/task_binding.hpp"

namespace chainer::plan {
namespace {

using Json = nlohmann::ordered_json;

constexpr int largest_count = static_cast<int>(toml::Count::largest);
/// Deeper than any plan; the library's parser and destructor recurse for each level.
constexpr int deepest = 16;

/// The first thing that is wrong.
class Objection {
 public:
  void say(const std::string& place, const std::string& what) {
    if (text_.empty()) text_ = fmt::format("{} {}", place.empty() ? "the document" : place, what);
  }
  bool is_said() const { return !text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// One place in the document.
struct At {
  const Json& json;
  std::string place;
  Objection& fault;

  void wrong(const std::string& expected) const {
    fault.say(place, fmt::format("is {}, expected {}", json.type_name(), expected));
  }
  At below(const std::string& name, const Json& value) const {
    return {value, place + "/" + name, fault};
  }
};

std::optional<std::string> from_hex(const std::string& digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

void read(const At& at, std::string& text) {
  const auto& json = at.json;
  if (json.is_string()) {
    text = json.get<std::string>();
  } else if (json.is_object() && json.size() == 1 && json.contains("hex") &&
             json["hex"].is_string()) {
    const auto bytes = from_hex(json["hex"].get<std::string>());
    if (!bytes) return at.fault.say(at.place + "/hex", "is no text of hexadecimal digits");
    text = *bytes;
  } else {
    return at.wrong("a string");
  }
  if (text.find('\0') != text.npos) {
    at.fault.say(at.place, "holds a NUL byte, which no program can be given");
  }
}

void read(const At& at, bool& flag) {
  if (!at.json.is_boolean()) return at.wrong("true or false");
  flag = at.json.get<bool>();
}

void read(const At& at, std::int64_t& number) {
  if (!at.json.is_number_integer()) return at.wrong("a whole number");
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  if (at.json.is_number_unsigned() && at.json.get<std::uint64_t>() > largest) {
    return at.fault.say(at.place, "is too large");
  }
  number = at.json.get<std::int64_t>();
}

void read(const At& at, std::uint64_t& number) {
  if (!at.json.is_number_unsigned()) return at.wrong("a whole number of 0 or more");
  number = at.json.get<std::uint64_t>();
}

void read(const At& at, int& number) {
  std::int64_t wide = 0;
  read(at, wide);
  if (wide < 0 || wide > largest_count) {
    return at.fault.say(at.place,
                        fmt::format("is {}, expected 0 to {}", json_line(at.json), largest_count));
  }
  number = static_cast<int>(wide);
}

void read(const At& at, ByteSize& size) {
  std::uint64_t bytes = 0;
  read(at, bytes);
  if (bytes == 0 || bytes > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return at.fault.say(at.place, "is no size in bytes");
  }
  size = ByteSize::from_bytes(bytes);
}

template <typename Record>
void read_object(const At& at, Record& record);

void read(const At& at, PlannedImage& image) {
  const bool is_pinned = at.json.contains("digest");
  if (!at.json.is_object() || !at.json.contains("reference") ||
      at.json.size() != (is_pinned ? 2u : 1u)) {
    return at.wrong("an object of a reference, and of a digest where it is pinned");
  }
  std::string text;
  read(at.below("reference", at.json["reference"]), text);
  if (text.empty() && !is_pinned) {
    image = NoImage{};
    return;
  }
  auto reference = ImageRef::parse(text);
  if (!reference)
    return at.fault.say(at.place + "/reference", "is wrong: " + reference.error().what);
  if (!is_pinned) {
    image = TaggedImage{*std::move(reference)};
    return;
  }
  std::string digits;
  read(at.below("digest", at.json["digest"]), digits);
  const auto digest = Digest::parse(digits);
  if (!digest) return at.fault.say(at.place + "/digest", "is wrong: " + digest.error().what);
  image = PinnedImage{*std::move(reference), *digest};
}

void read(const At& at, std::vector<std::pair<std::string, std::string>>& variables) {
  if (!at.json.is_object()) return at.wrong("an object of variables");
  for (const auto& [name, value] : at.json.items()) {
    variables.emplace_back(name, "");
    read(at.below(name, value), variables.back().second);
  }
}

template <typename T>
void read(const At& at, T& record) {
  read_object(at, record);
}

template <typename T>
void read(const At& at, std::optional<T>& value) {
  if (at.json.is_null()) return;
  value.emplace();
  read(at, *value);
}

template <typename T>
void read(const At& at, std::vector<T>& values) {
  if (!at.json.is_array()) return at.wrong("an array");
  std::size_t index = 0;
  for (const auto& element : at.json) {
    values.emplace_back();
    read(at.below(std::to_string(index++), element), values.back());
  }
}

/// Reads the members of one object, and keeps track of which it has.
class Reader {
 public:
  explicit Reader(const At& at) : at_(at) {}

  template <typename T>
  void operator()(const char* name, T& value, std::string_view) {
    known_.insert(name);
    if (!at_.json.contains(name)) {
      return at_.fault.say(at_.place + "/" + name, "is missing");
    }
    read(at_.below(name, at_.json[name]), value);
  }

  void refuse_others() const {
    for (const auto& [name, value] : at_.json.items()) {
      if (!known_.contains(name)) at_.fault.say(at_.place + "/" + name, "is no member of a plan");
    }
  }

 private:
  const At& at_;
  std::set<std::string> known_;
};

template <typename Record>
void read_object(const At& at, Record& record) {
  if (!at.json.is_object()) return at.wrong("an object");
  Reader reader(at);
  visit(reader, record);
  reader.refuse_others();
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Checks what a script and Slurm rely on, and what resolve ensures in a plan that it makes.
void check(const Plan& plan, Objection& fault) {
  const auto& asked = plan.allocation;
  const std::pair<const char*, int> counts[] = {{"nodes", asked.nodes},
                                                {"ranks_per_node", asked.ranks_per_node},
                                                {"cpus_per_rank", asked.cpus_per_rank}};
  for (const auto& [name, count] : counts) {
    if (count < 1) fault.say(fmt::format("/allocation/{}", name), "is 0, expected 1 or more");
  }
  if (!asked.binding.empty()) {
    if (const auto objection = objection_to_binding(asked.binding, asked.ranks_per_node))
      fault.say("/allocation/binding", objection->what);
  }
  if (asked.minutes < 0) fault.say("/allocation/minutes", "is below 0");
  if (asked.notify_before < 0) fault.say("/allocation/notify_before_seconds", "is below 0");

  // An #SBATCH line ends where its value has a line end.
  const std::pair<const char*, const std::string*> directives[] = {
      {"/name", &plan.name},
      {"/runs", &plan.runs},
      {"/allocation/gpu_type", &asked.gpu_type},
      {"/allocation/account", &asked.account},
      {"/allocation/partition", &asked.partition},
      {"/allocation/qos", &asked.qos},
      {"/allocation/constraint", &asked.constraint},
      {"/allocation/reservation", &asked.reservation},
      {"/allocation/array", &asked.array},
      {"/allocation/dependency", &asked.dependency},
      {"/allocation/mail", &asked.mail},
      {"/allocation/begin", &asked.begin},
      {"/allocation/deadline", &asked.deadline},
      {"/allocation/licenses", &asked.licenses},
  };
  for (const auto& [place, text] : directives) {
    if (has_control(*text)) fault.say(place, "holds a line end or another control character");
  }
  for (const auto& option : asked.extra) {
    if (has_control(option) || !option.starts_with('-')) {
      fault.say("/allocation/extra", "holds what is no option of sbatch");
    }
  }
  if (plan.name.empty()) fault.say("/name", "is empty");
  if (!plan.runs.starts_with('/')) fault.say("/runs", "is no absolute path");
  if (plan.entry_script.empty()) fault.say("/entry_script", "is empty");
  for (const auto& [name, value] : plan.environment) {
    if (name.empty() || name.find('=') != name.npos || has_control(name)) {
      fault.say("/environment", fmt::format("holds '{}', which is no variable's name", name));
    }
  }
}

Plan empty_plan() {
  return Plan{"", "", {}, "", "", {}, NoImage{}, "", ByteSize::from_bytes(1),
              "", "", {}, "", {}, {}};
}

/// Parses; nothing where the text is not JSON, nests too deep, or has a name twice.
std::optional<Json> parse(std::string_view text, Objection& fault) {
  std::vector<std::set<std::string>> names;
  const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > deepest) fault.say("", "has too many levels");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto name = parsed.get<std::string>();
      if (!names.back().insert(name).second) fault.say("", fmt::format("says '{}' twice", name));
    }
    return depth <= deepest;
  };
  auto json = Json::parse(text, look, false);
  if (json.is_discarded()) fault.say("", "is no JSON");
  return fault.is_said() ? std::nullopt : std::optional(std::move(json));
}

}  // namespace

Result<Plan> read_plan(std::string_view text) {
  Objection fault;
  auto plan = empty_plan();
  if (auto json = parse(text, fault)) {
    const At at{*json, "", fault};
    std::int64_t version = 0;
    if (!json->is_object() || !json->contains("plan_version")) {
      fault.say("", "is no plan: plan_version is missing");
    } else {
      read(at.below("plan_version", (*json)["plan_version"]), version);
      json->erase("plan_version");
      if (version != plan_version) {
        fault.say("/plan_version",
                  fmt::format("is {}, and this version reads {}", version, plan_version));
      }
      if (!fault.is_said()) read(at, plan);
      if (!fault.is_said()) check(plan, fault);
    }
  }
  if (fault.is_said()) return Error{fault.text(), "", 0, Fault::user};
  plan.source.shown = plan.source.folder;
  plan.source.whole = true;
  return plan;
}

}  // namespace chainer::plan
