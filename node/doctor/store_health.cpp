#include "node/doctor/store_health.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace chainer::doctor {
namespace {

constexpr std::uint64_t least_free = std::uint64_t{1} << 30;

std::string mode_text(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof(text), "%04o", mode & 07777);
  return text;
}

std::string gibibytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f GiB", static_cast<double>(bytes) / (1 << 30));
  return text;
}

std::vector<std::string> places_on_the_way(const std::string& path) {
  std::vector<std::string> places{"/"};
  for (std::size_t at = 0; at != std::string::npos;) {
    at = path.find_first_not_of('/', at);
    if (at == std::string::npos) break;
    at = path.find('/', at);
    places.push_back(path.substr(0, at));
  }
  return places;
}

StorePlace look_at_place(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {path, errno};
  return {path, 0, status.st_uid, status.st_mode};
}

bool can_be_written(const StorePlace& place, const StoreFacts& store) {
  return place.owner == store.account_uid && (place.mode & S_IRWXU) == S_IRWXU;
}

void check_place(const StorePlace& place, const StoreFacts& store, HealthFindings& found) {
  const bool is_store = place.path == store.places.back().path && place.path != "/";
  const std::string why =
      "root takes nothing from a store that others can change: every job with "
      "an image fails here";
  if (S_ISLNK(place.mode)) {
    found.push_back(
        {HealthLevel::problem, "the way to the store goes over a symlink", place.path,
         "root follows none on its way to the store: every job with an image fails here",
         "write the real path as 'store' in plugin.conf"});
  } else if (!S_ISDIR(place.mode)) {
    found.push_back({HealthLevel::problem, "the way to the store goes over what is no folder",
                     place.path, "every job with an image fails here",
                     "correct 'store' in plugin.conf"});
  } else if (place.owner != 0 && place.owner != store.account_uid) {
    found.push_back({HealthLevel::problem,
                     place.path + " belongs to the account with uid " + std::to_string(place.owner),
                     place.path, why,
                     "chown it to " + (is_store ? "'" + store.account + "'" : "root")});
  } else if ((place.mode & (S_IWGRP | S_IWOTH)) != 0) {
    found.push_back({HealthLevel::problem,
                     place.path + " can be written by others (mode " + mode_text(place.mode) + ")",
                     place.path, why, "chmod go-w " + place.path});
  } else if (is_store && !can_be_written(place, store)) {
    found.push_back(
        {HealthLevel::problem, "the account '" + store.account + "' cannot write into the store",
         place.path, "no image can be prepared",
         "chown " + store.account + " " + place.path + " && chmod u+rwx " + place.path});
  }
}

/// A store that was copied or restored as root has folders of root's below one that is sound.
void check_inner(const StoreFacts& store, HealthFindings& found) {
  for (const auto& place : store.inner) {
    if (S_ISDIR(place.mode) && can_be_written(place, store)) continue;
    found.push_back(
        {HealthLevel::warning,
         "the account '" + store.account + "' cannot write into " + place.path, place.path,
         "no image can be prepared; what the store holds already can be used",
         "chown -R " + store.account + " " + place.path + " && chmod u+rwx " + place.path});
  }
}

void check_room(const StoreFacts& store, HealthFindings& found) {
  if (store.is_read_only) {
    found.push_back({HealthLevel::warning, "the store is mounted read-only", store.path,
                     "no image can be prepared; what it holds already can be used",
                     "mount its file system for writing"});
  }
  if (store.total == 0) return;
  if (store.quota > store.total) {
    found.push_back({HealthLevel::warning,
                     "the quota is " + gibibytes(store.quota) + ", and the file system has " +
                         gibibytes(store.total),
                     "store_quota in plugin.conf",
                     "preparations fail for lack of room before anything is evicted",
                     "name a quota that leaves the file system room"});
  }
  if (store.free < least_free) {
    found.push_back({HealthLevel::warning, "the store has " + gibibytes(store.free) + " left",
                     store.path, "most images cannot be prepared",
                     "make room on its file system; 'chainer-node gc' brings the store under its "
                     "quota"});
  }
}

}  // namespace

StoreFacts look_at_store(const PluginConf& conf, std::optional<uid_t> account_uid) {
  StoreFacts store{conf.store, conf.store_account, account_uid, {}, conf.store_quota.bytes()};
  store.is_root_looking = ::geteuid() == 0;
  for (const auto& path : places_on_the_way(conf.store)) {
    store.places.push_back(look_at_place(path));
    if (store.places.back().error_number != 0) return store;
  }
  for (const auto* name : {"locks", "public", "set-aside", "shared", "tmp", "users"}) {
    auto place = look_at_place(conf.store + "/" + name);
    if (place.error_number == 0) store.inner.push_back(std::move(place));
  }
  struct stat status {};
  if (::stat(conf.store.c_str(), &status) == 0) store.inode = status.st_ino;
  struct statvfs room {};
  if (::statvfs(conf.store.c_str(), &room) == 0) {
    store.total = std::uint64_t{room.f_blocks} * room.f_frsize;
    store.free = std::uint64_t{room.f_bavail} * room.f_frsize;
    store.is_read_only = (room.f_flag & ST_RDONLY) != 0;
  }
  return store;
}

HealthFindings check_store(const StoreFacts& store) {
  HealthFindings found;
  for (const auto& place : store.places) {
    if (place.error_number == 0) {
      check_place(place, store, found);
      continue;
    }
    if (place.error_number == EACCES || place.error_number == EPERM) {
      found.push_back(
          {HealthLevel::unseen, "the store", place.path,
           store.is_root_looking ? "its file system does not let root look"
                                 : "this account may not look there",
           store.is_root_looking ? "run this as '" + store.account + "'" : "run this as root"});
      return found;
    }
    found.push_back(
        {HealthLevel::problem,
         "cannot look at the store: " + std::string(std::strerror(place.error_number)), place.path,
         "every job with an image fails here",
         place.error_number == ENOENT
             ? "mount its file system, or make the folder and give it to '" + store.account + "'"
             : "see why its file system does not answer"});
    return found;
  }
  if (found.empty()) check_inner(store, found);
  check_room(store, found);
  return found;
}

}  // namespace chainer::doctor
