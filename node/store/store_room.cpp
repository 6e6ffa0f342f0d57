#include "node/store/store_room.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "node/store/store_file.hpp"
#include "node/wire/message.hpp"

namespace chainer::store {
namespace {

// An entry that was used this recently may be on its way to a mount: root pins it only after it has
// been named. This is far longer than that takes, and far shorter than what a full store can wait
// for.
constexpr time_t grace_seconds = 60;
// By so much the clocks of nodes may differ. What seems to be used later was used by one whose clock
// was wrong.
constexpr time_t clock_seconds = 3600;
// A quarter of the quota is kept free for bytes that nobody can verify yet.
constexpr std::uint64_t reserve_divisor = 4;
// Asking the whole store for each block that is written would take longer than writing it.
constexpr std::uint64_t step_divisor = 256;
constexpr std::uint64_t largest_step = std::uint64_t{64} << 20;
constexpr std::string_view name_of_file = ".room-";
constexpr char format[] = "%llu %llu\n";

/// Waits for the turn to decide.
Result<Turn> lock_decisions(const Store& store) {
  return take_turn(store.lock_folder() + "/.room", store.lock_kind());
}

std::uint64_t less(std::uint64_t from, std::uint64_t taken) {
  return from > taken ? from - taken : 0;
}

/// A look at the store while one preparation is to get more: what it holds, and what has to go.
class Decision {
 public:
  /// What goes is counted in `evicted`.
  Decision(const Store& store, Evicted& evicted)
      : store_(store),
        evicted_(evicted),
        usage_(store.usage()),
        quota_(store.limits().quota.bytes()) {}

  std::uint64_t used() const { return usage_.bytes; }
  /// Of these, all but the unverified bytes, which are only passing through.
  std::uint64_t firm() const { return less(usage_.bytes, usage_.unverified); }
  std::uint64_t used_by(uid_t user) const {
    const auto found = usage_.by_user.find(user);
    return found == usage_.by_user.end() ? 0 : found->second;
  }
  /// Finished ones, which the user has brought.
  std::size_t entries_of(uid_t user) const {
    const auto found = usage_.entries_by_user.find(user);
    return found == usage_.entries_by_user.end() ? 0 : found->second;
  }
  std::uint64_t firm_limit() const { return quota_ - quota_ / reserve_divisor; }

  /// Counts what a preparation holds now in place of what it held before.
  void replace(uid_t user, const StoreRoom::Amount& old, const StoreRoom::Amount& now) {
    usage_.bytes = less(usage_.bytes, old.bytes()) + now.bytes();
    usage_.unverified = less(usage_.unverified, old.unverified) + now.unverified;
    auto& of_user = usage_.by_user[user];
    of_user = less(of_user, old.bytes()) + now.bytes();
  }

  /// Evicts the least recently used first, until `enough`; `may_go` says which entries may go.
  void evict_until(const std::function<bool()>& enough,
                   const std::function<bool(const StoredEntry&)>& may_go) {
    const time_t now = ::time(nullptr);
    const auto is_spared = [&](time_t used) {
      return used > now - grace_seconds && used < now + clock_seconds;
    };
    for (auto& stored : usage_.entries) {
      if (enough()) return;
      if (stored.bytes == 0 || is_spared(stored.last_used.tv_sec) || !may_go(stored) ||
          !store_.evict(stored.entry))
        continue;
      ++evicted_.entries;
      evicted_.bytes += stored.bytes;
      usage_.bytes = less(usage_.bytes, stored.bytes);
      if (stored.brought_by) {
        auto& of_user = usage_.by_user[*stored.brought_by];
        of_user = less(of_user, stored.bytes);
        --usage_.entries_by_user[*stored.brought_by];
      }
      stored.bytes = 0;
    }
  }

  void remove_set_aside_until(const std::function<bool()>& enough) {
    while (!enough()) {
      const auto freed = store_.remove_one_set_aside();
      if (freed == 0) return;
      usage_.bytes = less(usage_.bytes, freed);
    }
  }

  /// Makes the room that verified bytes have a right to: whatever nobody uses may go.
  void restore_reserve() {
    const auto enough = [&] { return firm() <= firm_limit(); };
    remove_set_aside_until(enough);
    evict_until(enough, [](const StoredEntry&) { return true; });
  }

 private:
  const Store& store_;
  Evicted& evicted_;
  StoreUsage usage_;
  std::uint64_t quota_;
};

Error full(std::string what, std::string next) {
  return {std::move(what), std::move(next), ENOSPC, Fault::try_again};
}

Error store_is_full(std::uint64_t needed, std::uint64_t used, std::uint64_t quota) {
  return full("the store is full: " + wire::human_bytes(needed) + " are needed, " +
                  wire::human_bytes(used) + " of its quota of " + wire::human_bytes(quota) +
                  " are in use",
              "submit again when other jobs have ended, or ask an administrator for a larger "
              "store_quota");
}

Error share_is_full(std::uint64_t needed, std::uint64_t used, std::uint64_t share) {
  return full("your share of the store is full: " + wire::human_bytes(needed) + " are needed, " +
                  wire::human_bytes(used) + " of " + wire::human_bytes(share) + " are in use",
              "submit again when your other jobs have ended, or ask an administrator for a larger "
              "store_quota_per_user");
}

Error has_too_many_entries(std::size_t most) {
  return full("your share of the store is full: it may hold " + std::to_string(most) +
                  " images and environments, and none of yours can go now",
              "submit again when your other jobs have ended");
}

}  // namespace

Result<StoreRoom> StoreRoom::open(const Store& store, uid_t user) {
  TRY_ASSIGN(auto file,
             store.begin_named("locks/" + std::to_string(user) + std::string(name_of_file)));
  return StoreRoom(store, user, std::move(file));
}

Result<void> StoreRoom::hold_spools(const Amount& amount) {
  const std::lock_guard lock(*mutex_);
  spools_ = amount;
  return hold_both();
}

Result<void> StoreRoom::hold_output(const Amount& amount) {
  const std::lock_guard lock(*mutex_);
  output_ = amount;
  return hold_both();
}

Result<void> StoreRoom::hold_both() {
  const Amount amount{spools_.verified + output_.verified, spools_.unverified + output_.unverified};
  if (amount.verified <= held_.verified && amount.unverified <= held_.unverified) return {};
  TRY_ASSIGN(const auto guard, lock_decisions(*store_));
  const auto quota = store_->limits().quota.bytes();
  const auto share = store_->limits().per_user.bytes();
  Decision decision(*store_, evicted_);
  const auto used_before = less(decision.used(), held_.bytes());
  decision.replace(user_, held_, amount);

  const auto is_own = [&](const StoredEntry& stored) { return stored.brought_by == user_; };
  const auto has_few_entries = [&] {
    return decision.entries_of(user_) < store_->limits().entries_per_user;
  };
  const auto in_share = [&] { return decision.used_by(user_) <= share; };
  const auto in_quota = [&] { return decision.used() <= quota; };
  decision.evict_until(has_few_entries, is_own);
  if (!has_few_entries()) return has_too_many_entries(store_->limits().entries_per_user);
  decision.evict_until(in_share, is_own);
  if (!in_share()) {
    return share_is_full(amount.bytes(), less(decision.used_by(user_), amount.bytes()), share);
  }
  if (amount.verified > held_.verified) decision.restore_reserve();
  decision.remove_set_aside_until(in_quota);
  decision.evict_until(in_quota, is_own);
  if (!in_quota()) return store_is_full(amount.bytes(), used_before, quota);

  // More than is needed now, as far as nothing has to go for it.
  const auto step = std::min(largest_step, quota / step_divisor);
  const auto spare = std::min(less(quota, decision.used()), less(share, decision.used_by(user_)));
  Amount more{amount.verified, amount.unverified};
  more.verified += std::min({step, spare, less(decision.firm_limit(), decision.firm())});
  more.unverified += std::min(step, less(spare, more.verified - amount.verified));
  return write(more);
}

Result<void> StoreRoom::write(const Amount& amount) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format,
                                 static_cast<unsigned long long>(amount.verified),
                                 static_cast<unsigned long long>(amount.unverified));
  if (::pwrite(file_.fd(), text.data(), static_cast<std::size_t>(size), 0) != size ||
      ::ftruncate(file_.fd(), size) != 0) {
    return Error::from_errno("cannot note what this preparation takes of the store", errno,
                             Fault::try_again);
  }
  held_ = amount;
  return {};
}

Result<void> StoreRoom::can_ever_fit(const Store& store, std::uint64_t bytes) {
  const auto quota = store.limits().quota.bytes();
  const auto share = store.limits().per_user.bytes();
  if (bytes > quota) {
    return Error{wire::human_bytes(bytes) + " do not fit into the store's quota of " +
                     wire::human_bytes(quota),
                 "use something smaller, or ask an administrator for a larger store_quota", EFBIG,
                 Fault::user};
  }
  if (bytes > share) {
    return Error{wire::human_bytes(bytes) +
                     " do not fit into the share of the store that each user has, " +
                     wire::human_bytes(share),
                 "use something smaller, or ask an administrator for a larger store_quota_per_user",
                 EFBIG, Fault::user};
  }
  return {};
}

Result<void> StoreRoom::restore_reserve(const Store& store) {
  TRY_ASSIGN(const auto guard, lock_decisions(store));
  Evicted evicted;
  Decision decision(store, evicted);
  decision.restore_reserve();
  const auto quota = store.limits().quota.bytes();
  if (decision.used() <= quota) return {};
  return store_is_full(0, decision.used(), quota);
}

std::optional<StoreRoom::Holding> StoreRoom::read_holding(const Store& store,
                                                          const std::string& path) {
  const auto name = std::string_view(path).substr(path.rfind('/') + 1);
  const auto mark = name.find(name_of_file);
  if (mark == std::string_view::npos) return std::nullopt;
  Holding holding{static_cast<uid_t>(std::strtoul(std::string(name).c_str(), nullptr, 10)), {}};
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (fd && store.is_abandoned(fd.get())) {
    ::unlink(path.c_str());
    return std::nullopt;
  }
  std::array<char, 64> text{};
  if (!fd || ::pread(fd.get(), text.data(), text.size() - 1, 0) <= 0) return std::nullopt;
  unsigned long long verified = 0;
  unsigned long long unverified = 0;
  if (std::sscanf(text.data(), format, &verified, &unverified) != 2) return std::nullopt;
  holding.amount = {verified, unverified};
  return holding;
}

}  // namespace chainer::store
