#include "spank_plugin/store_reader.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <memory>

#include "core/fd_io.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"
#include "spank_plugin/stored_environment.hpp"

namespace chainer::store_reader_test {
namespace {

using fixtures::ScratchFolder;
using testing::HasSubstr;

constexpr uid_t user = 4242;
constexpr uid_t stranger = 4343;
const Digest key = Digest::from_bytes({1, 2, 3});

/// A store of the account `daemon`, below a folder that only root can write.
class AStore : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    scratch_ = std::make_unique<ScratchFolder>("/var/lib");
    conf_.store_account = "daemon";
    conf_.store = scratch_->make_folder("site/store", 0755, owner_);
    make_entry(Audience::everyone(), "public");
  }

  void make_entry(const Audience& audience, const std::string& text,
                  EntryKind kind = EntryKind::manifest) {
    make_file(StoreEntry{kind, key, audience}.path(), text);
  }
  /// A file of the store, and the folders that lead to it.
  void make_file(const std::string& path, const std::string& text) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      scratch_->make_folder("site/store/" + path.substr(0, slash), 0700, owner_);
    scratch_->make_file("site/store/" + path, text, 0600, owner_);
  }
  std::string entry() const { return conf_.store + "/public/manifest/" + key.hex(); }

  std::string open_error() {
    const auto store = StoreReader::open(conf_);
    return store ? "opened" : store.error().what;
  }
  /// The entry's text; "none" when it is not there.
  std::string find(uid_t uid = user, EntryKind kind = EntryKind::manifest) {
    auto store = StoreReader::open(conf_);
    if (!store) return store.error().what;
    auto found = store->find(kind, key, uid);
    if (!found) return found.error().what;
    return *found ? *read_all((*found)->file.get(), 100) : "none";
  }
  std::string open_named(const Audience& audience, EntryKind asked_for = EntryKind::manifest) {
    auto store = StoreReader::open(conf_);
    auto file = store->open_named({EntryKind::manifest, key, audience}, asked_for, user);
    return file ? *read_all(file->file.get(), 100) : file.error().what;
  }

  const uid_t owner_ = 1;                   // daemon
  std::unique_ptr<ScratchFolder> scratch_;  ///< every folder above it is root's
  PluginConf conf_;
};

TEST_F(AStore, IsOpenedByItsAccountAndRoot) {
  EXPECT_EQ(find(), "public");
  scratch_->make_folder("site/store", 0755, 0);
  EXPECT_EQ(find(), "public");
}

TEST_F(AStore, IsNotTrustedWhereAnotherOwnsOrCanWriteAFolderOfItsPath) {
  const auto refused = [&](const std::string& folder) {
    return "cannot trust the store: " + folder +
           " can be written by others than root and the store's account";
  };
  for (const std::string name : {"site/store", "site"}) {
    const auto path = *scratch_ / name;
    for (const mode_t mode : {0775u, 0757u, 0777u}) {
      ::chmod(path.c_str(), mode);
      EXPECT_EQ(open_error(), refused(path));
    }
    scratch_->make_folder(name, 0755, user);
    EXPECT_EQ(open_error(), refused(path));
    scratch_->make_folder(name, 0755, owner_);
    EXPECT_EQ(open_error(), "opened");
  }
}

TEST_F(AStore, IsNotReachedThroughASymlink) {
  ASSERT_EQ(::symlink("site", (*scratch_ / "link").c_str()), 0);
  conf_.store = *scratch_ / "link/store";
  EXPECT_EQ(open_error(), "cannot open the store: " + (*scratch_ / "link") + ": Not a directory");
}

TEST_F(AStore, ThatIsNotThereIsTheNodesFault) {
  conf_.store = *scratch_ / "none";
  const auto store = StoreReader::open(conf_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().fault, Fault::node);
  EXPECT_THAT(store.error().hint, HasSubstr("plugin.conf"));
}

TEST_F(AStore, NeedsItsAccount) {
  conf_.store_account = "no-such-account";
  EXPECT_EQ(open_error(), "cannot find the account 'no-such-account'");
}

TEST_F(AStore, GivesThePublicEntryBeforeTheUsersOwn) {
  make_entry(Audience::only(user), "private");
  EXPECT_EQ(find(), "public");
  std::filesystem::remove(entry());
  EXPECT_EQ(find(), "private");
}

TEST_F(AStore, GivesNobodyAnotherUsersEntry) {
  std::filesystem::remove(entry());
  make_entry(Audience::only(stranger), "stranger's");
  EXPECT_EQ(find(), "none");
  EXPECT_EQ(find(stranger), "stranger's");
  EXPECT_EQ(open_named(Audience::only(stranger)), "the store named an entry of another user");
}

TEST_F(AStore, GivesEverybodyTheCuratorsEnvironmentsAndNothingElseOfTheCurators) {
  const auto named = [&](EntryKind kind, uid_t owner) {
    const auto store = StoreReader::open(conf_);
    const auto file = store->open_named({kind, key, Audience::only(owner)}, kind, user);
    return file ? *read_all(file->file.get(), 100) : file.error().what;
  };
  const std::string refused = "the store named an entry of another user";
  const uid_t curator = 2;  // bin
  for (const auto owner : {curator, stranger}) {
    for (const auto kind : {EntryKind::manifest, EntryKind::environment, EntryKind::difference})
      make_entry(Audience::only(owner), "of " + std::to_string(owner), kind);
  }
  EXPECT_EQ(named(EntryKind::environment, curator), refused) << "the site has no curator";
  conf_.curator = "bin";
  EXPECT_EQ(named(EntryKind::environment, curator), "of 2");
  EXPECT_EQ(named(EntryKind::environment, stranger), refused);
  EXPECT_EQ(named(EntryKind::manifest, curator), refused);
  EXPECT_EQ(named(EntryKind::difference, curator), refused);
}

TEST_F(AStore, TakesNeitherRootNorItsAccountForACurator) {
  for (const auto* name : {"root", "daemon"}) {
    conf_.curator = name;
    EXPECT_THAT(StoreReader::open(conf_)->curator().error().what,
                HasSubstr("that is root or the store's account"));
  }
  conf_.curator = "no-such-account";
  EXPECT_EQ(StoreReader::open(conf_)->curator().error().what,
            "cannot find the account 'no-such-account'");
}

/// What a lock names for a user: text of the entry, "text over text" for two layers, or "none".
class AnEnvironmentOfTheStore : public AStore {
 protected:
  void SetUp() override {
    AStore::SetUp();
    conf_.curator = "bin";
  }
  void make_environment(EntryKind kind, uid_t owner, const Digest& lock, const std::string& text) {
    make_file(path_of(kind, owner, lock), text);
  }
  std::string path_of(EntryKind kind, uid_t owner, const Digest& lock) const {
    return StoreEntry{kind, environment_key(image_, lock, owner), Audience::only(owner)}.path();
  }
  std::string find_lock(const Digest& lock) const {
    const auto found = find_environment(*StoreReader::open(conf_), image_, lock, user);
    if (!found) return found.error().what;
    if (!*found) return "none";
    const auto top = *read_all((*found)->top.file.get(), 100);
    return (*found)->base ? top + " over " + *read_all((*found)->base->file.get(), 100) : top;
  }

  const uid_t curator_ = 2;
  const Digest image_ = Digest::from_bytes({1});
  const Digest lock_ = Digest::from_bytes({2});
  const Digest base_ = Digest::from_bytes({3});
};

TEST_F(AnEnvironmentOfTheStore, IsTheUsersOwnOrTheCurators) {
  make_environment(EntryKind::environment, stranger, lock_, "stranger's");
  EXPECT_EQ(find_lock(lock_), "none");
  make_environment(EntryKind::environment, curator_, lock_, "curator's");
  EXPECT_EQ(find_lock(lock_), "curator's");
  make_environment(EntryKind::environment, user, lock_, "own");
  EXPECT_EQ(find_lock(lock_), "own");
  conf_.curator = "sys";
  std::filesystem::remove(conf_.store + "/" + path_of(EntryKind::environment, user, lock_));
  EXPECT_EQ(find_lock(lock_), "none") << "another account is the curator by now";
}

TEST_F(AnEnvironmentOfTheStore, IsADifferenceOnlyTogetherWithTheCuratorsThatItBelongsTo) {
  const auto difference = path_of(EntryKind::difference, user, lock_);
  make_file(difference, "difference");
  EXPECT_EQ(find_lock(lock_), "none") << "it says nothing of what it belongs to";
  make_file(difference + ".base", environment_key(image_, base_, curator_).hex());
  EXPECT_EQ(find_lock(lock_), "none") << "what it belongs to is not there";
  make_environment(EntryKind::environment, curator_, base_, "curator's");
  EXPECT_EQ(find_lock(lock_), "difference over curator's");
  make_file(difference + ".base", environment_key(image_, base_, stranger).hex());
  make_environment(EntryKind::environment, stranger, base_, "stranger's");
  EXPECT_EQ(find_lock(lock_), "none") << "a stranger's is no base";
  scratch_->make_file("site/store/" + difference + ".base", "forged", 0644, user);
  EXPECT_THAT(find_lock(lock_), HasSubstr("cannot trust the store"));
}

TEST_F(AStore, GivesWhatTheStoresSideNames) {
  make_entry(Audience::only(user), "private");
  EXPECT_EQ(open_named(Audience::everyone()), "public");
  EXPECT_EQ(open_named(Audience::only(user)), "private");
  std::filesystem::remove(entry());
  EXPECT_EQ(open_named(Audience::everyone()), "the store's entry " + key.hex() + " is gone again");
}

TEST_F(AStore, GivesNoEntryOfAnotherKind) {
  EXPECT_EQ(find(user, EntryKind::config), "none");
  EXPECT_EQ(find(user, EntryKind::environment), "none");
  EXPECT_EQ(open_named(Audience::everyone(), EntryKind::environment),
            "the store named an entry of another kind than was asked for");
  make_entry(Audience::only(user), "an environment", EntryKind::environment);
  std::filesystem::remove(entry());
  EXPECT_EQ(find(), "none");
  EXPECT_EQ(find(user, EntryKind::environment), "an environment");
}

TEST_F(AStore, GivesASharedEntryToWhoWasGrantedItWhileTheSiteShares) {
  std::filesystem::remove(entry());
  make_entry(Audience::sharers(), "shared");
  make_file(grant_path(EntryKind::manifest, key, user), "");
  EXPECT_EQ(find(), "none") << "a site that shares no more shares nothing from before";
  EXPECT_EQ(open_named(Audience::sharers()),
            "the store named a shared entry, and this site shares none");
  conf_.private_images = PrivateImages::share;
  EXPECT_EQ(find(), "shared");
  EXPECT_EQ(find(stranger), "none");
  EXPECT_EQ(open_named(Audience::sharers()), "shared");
}

TEST_F(AStore, RefusesAnEntryThatItsAccountDoesNotOwn) {
  const auto refused = "cannot trust the store: public/manifest/" + key.hex() +
                       " can be written by others than root and the store's account";
  scratch_->make_file("site/store/public/manifest/" + key.hex(), "forged", 0644, user);
  EXPECT_EQ(find(), refused);
  scratch_->make_file("site/store/public/manifest/" + key.hex(), "forged", 0666, owner_);
  EXPECT_EQ(find(), refused);
  std::filesystem::remove(entry());
  ASSERT_EQ(::mkfifo(entry().c_str(), 0600), 0);
  ASSERT_EQ(::chown(entry().c_str(), owner_, owner_), 0);
  EXPECT_EQ(find(), refused);
}

TEST_F(AStore, HasNoEntryWhereAPreparationAsksForOne) {
  std::filesystem::remove(entry());
  std::filesystem::create_directory(entry());
  EXPECT_EQ(find(), "none");
}

TEST_F(AStore, FollowsNoSymlinkToAnEntry) {
  std::filesystem::remove(entry());
  ASSERT_EQ(::symlink("/etc/shadow", entry().c_str()), 0);
  EXPECT_THAT(find(), HasSubstr("Too many levels of symbolic links"));
}

TEST_F(AStore, KeepsAnEntryThatIsInUse) {
  const auto store = StoreReader::open(conf_);
  const UniqueFd eviction(::open(entry().c_str(), O_RDONLY));
  {
    const auto used = store->find(EntryKind::manifest, key, user);
    ASSERT_TRUE(used && *used);
    EXPECT_EQ(::flock(eviction.get(), LOCK_EX | LOCK_NB), -1);
  }
  EXPECT_EQ(::flock(eviction.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(AStore, DoesNotGiveAnEntryThatIsBeingEvicted) {
  const UniqueFd eviction(::open(entry().c_str(), O_RDONLY));
  ASSERT_EQ(::flock(eviction.get(), LOCK_EX), 0);
  EXPECT_EQ(find(), "none");
}

TEST_F(AStore, NotesTheUseOfAnEntry) {
  const timespec long_ago[] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, entry().c_str(), long_ago, 0), 0);
  EXPECT_EQ(find(), "public");
  struct stat status {};
  ASSERT_EQ(::stat(entry().c_str(), &status), 0);
  EXPECT_GT(status.st_mtim.tv_sec, 1000);
}

TEST_F(AStore, GivesRootItsRightsBack) {
  find();
  EXPECT_GE(UniqueFd(::open(scratch_->make_file("of-root", "", 0600, 0).c_str(), O_RDWR)).get(), 0);
  const auto made = *scratch_ / "made";
  const UniqueFd file(::open(made.c_str(), O_CREAT | O_WRONLY, 0600));
  struct stat status {};
  ASSERT_EQ(::fstat(file.get(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}

}  // namespace
}  // namespace chainer::store_reader_test
