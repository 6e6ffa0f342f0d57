#include "node/store_side/listing.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/json/json_text.hpp"
#include "core/printable.hpp"
#include "node/environment/environment_lock.hpp"
#include "node/store_side/lock_note.hpp"
#include "node/wire/message.hpp"

namespace chainer::store_side {
namespace {

struct Row {
  store::StoredEntry stored;
  std::string owner;
  std::optional<KeptLock> kept;  ///< of an environment
};

std::string owner_of(const StoreEntry& entry, std::optional<uid_t> curator) {
  const auto user = entry.audience.user();
  if (user && user == curator && entry.kind == EntryKind::environment) return "curated";
  return user ? std::to_string(*user) : entry.audience.folder();
}

std::vector<Row> rows_of(const store::Store& store, Listed listed, std::optional<uid_t> curator) {
  std::vector<Row> rows;
  for (const auto& stored : store.list()) {
    if (is_environment(stored.entry.kind) != (listed == Listed::environments)) continue;
    rows.push_back({stored, owner_of(stored.entry, curator), {}});
    if (listed == Listed::environments)
      rows.back().kept = read_lock_note(store, lock_path(stored.entry));
  }
  return rows;
}

std::string packages_of(const environment::EnvironmentLock& lock) {
  return "  " + lock.count_of_packages() +
         (lock.python.empty() ? "" : ", Python " + printable(lock.python));
}

}  // namespace

std::string listing_text(const store::Store& store, Listed listed, std::optional<uid_t> curator) {
  std::string text;
  for (const auto& [stored, owner, kept] : rows_of(store, listed, curator)) {
    text += stored.entry.key.to_string() + "  " + owner + "  " + wire::human_bytes(stored.bytes) +
            "  " + wire::utc_time(stored.last_used.tv_sec) + (kept ? packages_of(kept->lock) : "") +
            "\n";
  }
  return text;
}

std::string listing_json(const store::Store& store, Listed listed, std::optional<uid_t> curator) {
  auto list = nlohmann::json::array();
  for (const auto& [stored, owner, kept] : rows_of(store, listed, curator)) {
    list.push_back({{"key", stored.entry.key.to_string()},
                    {"owner", owner},
                    {"bytes", stored.bytes},
                    {"last_used", wire::utc_time(stored.last_used.tv_sec)}});
    if (!kept) continue;
    list.back()["image"] = kept->lock.image.to_string();
    list.back()["python"] = kept->lock.python;
    list.back()["packages"] = kept->lock.number_of_packages();
  }
  return json_line(list) + "\n";
}

}  // namespace chainer::store_side
