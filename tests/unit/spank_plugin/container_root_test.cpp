#include "spank_plugin/container_root.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <map>

#include "attached.hpp"
#include "in_child.hpp"
#include "scratch_folder.hpp"

namespace chainer::container_root_test {
namespace {

using fixtures::contents_of;
using fixtures::in_child;
using fixtures::ScratchFolder;

/// An image that is a folder instead of a squashfs file; all mounts are in a namespace of the
/// child's own.
class AContainer : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    for (const auto* folder : {"dev", "etc", "proc", "mnt"})
      scratch_.make_folder(std::string("image/") + folder);
    scratch_.make_file("image/etc/where", "image");
    scratch_.make_file("image/etc/passwd", "root:x:0:0::/:/bin/sh\n");
    scratch_.make_file("image/etc/group", "root:x:0:\n");
    scratch_.make_file("host/file", "host");
  }

  ContainerParts parts(std::vector<Bind> binds = {}) {
    return {{std::move(binds),
             {"ada", "/home/ada", "ada:x:1000:1000::/:/bin/sh\n", "ada:x:1000:\n"},
             ByteSize::from_bytes(1 << 20),
             false},
            {1000, 1000, {}},
            scratch_ / "run"};
  }

  static UniqueFd tree_of(const std::string& path, MountFlags flags = nosuid_nodev()) {
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    auto tree = clone_tree(place.get(), flags);
    return tree ? *std::move(tree) : UniqueFd();
  }

  /// What `look` sees in a container, as root; or why there is none.
  std::string in_container(ContainerParts parts, const std::function<std::string()>& look) {
    return in_child([&] {
      if (::unshare(CLONE_NEWNS) != 0 ||
          ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return std::string("no namespace");
      }
      for (auto& bind : parts.root.binds) bind.tree = tree_of(sources_.at(bind.destination));
      parts.root.binds.push_back({tree_of("/dev", nosuid()), Bind::Kind::directory, "/dev"});
      auto built = build_container(fixtures::attached(), tree_of(image_), std::move(parts));
      if (!built) return built.error().what;
      if (::setns(built->get(), CLONE_NEWNS) != 0) return std::string("cannot enter");
      return look();
    });
  }

  Bind bind(const std::string& source, const std::string& destination,
            Bind::Kind kind = Bind::Kind::directory) {
    sources_[destination] = source;
    return {UniqueFd(), kind, destination};
  }
  ContainerParts with(Bind one) {
    std::vector<Bind> binds;
    binds.push_back(std::move(one));
    return parts(std::move(binds));
  }

  ScratchFolder scratch_;
  std::string image_{scratch_ / "image"};
  std::map<std::string, std::string> sources_;
};

TEST_F(AContainer, HasTheImageAsItsRootAndNoneOfTheHost) {
  EXPECT_EQ(in_container(parts(),
                         [&] {
                           return contents_of("/etc/where") +
                                  (std::filesystem::exists(scratch_.path()) ? " and the host" : "");
                         }),
            "image");
}

/// As slurmd is when somebody starts it inside a plain chroot: tasks that join a namespace land on
/// its root.
class InAChroot : public AContainer {
 protected:
  void SetUp() override {
    AContainer::SetUp();
    for (const auto* folder : {"jail/proc", "jail/dev/shm", "jail/image", "jail/run"})
      scratch_.make_folder(folder);
  }

  std::string in_jail(const std::function<std::string()>& body) {
    return in_child([&] {
      if (::unshare(CLONE_NEWNS) != 0 ||
          ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          // A jail that is a mount point hides best: inside of it everything but the joining works.
          ::mount((scratch_ / "jail").c_str(), (scratch_ / "jail").c_str(), nullptr, MS_BIND,
                  nullptr) != 0 ||
          ::mount("/proc", (scratch_ / "jail/proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr) !=
              0 ||
          ::mount((scratch_ / "image").c_str(), (scratch_ / "jail/image").c_str(), nullptr, MS_BIND,
                  nullptr) != 0 ||
          ::chroot((scratch_ / "jail").c_str()) != 0 || ::chdir("/dev") != 0) {
        return std::string("no jail");
      }
      return body();
    });
  }
  static constexpr const char* refusal = "slurmd runs in a chroot, and its tasks would not";
};

TEST_F(InAChroot, NoMemoryIsMadeThatTasksWouldFindOutside) {
  EXPECT_EQ(in_jail([] {
              const auto built =
                  build_private_shm(fixtures::attached(), ByteSize::from_bytes(1 << 20));
              if (!built) return built.error().what;
              return std::string(::setns(built->get(), CLONE_NEWNS) == 0 ? "landed outside"
                                                                         : "cannot enter");
            }),
            refusal);
}

TEST_F(InAChroot, NoContainerIsMade) {
  EXPECT_EQ(in_jail([&] {
              auto of_jail = parts();
              of_jail.run_dir = "/run";
              const auto built =
                  build_container(fixtures::attached(), tree_of("/image"), std::move(of_jail));
              return built ? std::string("built") : built.error().what;
            }),
            refusal);
}

TEST_F(InAChroot, TheProcessStaysWhereItIs) {
  EXPECT_EQ(
      in_jail([] {
        static_cast<void>(!build_private_shm(fixtures::attached(), ByteSize::from_bytes(1 << 20)));
        std::array<char, 64> here{};
        return std::string(::getcwd(here.data(), here.size())) +
               (::access("/dev/shm", F_OK) == 0 && ::access("/etc", F_OK) != 0 ? ", inside"
                                                                               : ", outside");
      }),
      "/dev, inside");
}

TEST_F(AContainer, HasSharedMemoryOfItsSize) {
  EXPECT_EQ(in_container(parts(),
                         [] {
                           struct statvfs shm {};
                           ::statvfs("/dev/shm", &shm);
                           return std::to_string(shm.f_blocks * shm.f_frsize);
                         }),
            "1048576");
}

TEST_F(AContainer, NamesTheUserFirst) {
  EXPECT_EQ(
      in_container(parts(), [] { return contents_of("/etc/passwd") + contents_of("/etc/group"); }),
      "ada:x:1000:1000::/:/bin/sh\nroot:x:0:0::/:/bin/sh\nada:x:1000:\nroot:x:0:\n");
}

TEST_F(AContainer, CannotBeWrittenEvenByRoot) {
  EXPECT_EQ(in_container(parts(),
                         [] {
                           return std::string(::open("/new", O_CREAT | O_WRONLY, 0600) < 0
                                                  ? std::strerror(errno)
                                                  : "written");
                         }),
            "Read-only file system");
}

TEST_F(AContainer, ThatIsWritableLeavesTheImageAlone) {
  auto writable = parts();
  writable.root.writable = true;
  EXPECT_EQ(in_container(std::move(writable),
                         [] {
                           std::ofstream("/etc/where") << "changed";
                           struct stat status {};
                           ::stat("/etc/where", &status);
                           return contents_of("/etc/where") + " by " +
                                  std::to_string(status.st_uid);
                         }),
            "changed by 1000");
  EXPECT_EQ(contents_of(scratch_ / "image/etc/where"), "image");
}

class AWritableContainer : public AContainer {
 protected:
  ContainerParts writable_parts() {
    auto made = parts();
    made.root.writable = true;
    return made;
  }
  void own(const std::string& path, uid_t uid, gid_t gid) {
    ASSERT_EQ(::lchown((scratch_ / "image/" + path).c_str(), uid, gid), 0) << path;
  }
  /// "UID:GID" of each path, as the container shows it.
  static std::string owners_of(const std::vector<std::string>& paths) {
    std::string text;
    for (const auto& path : paths) {
      struct stat status {};
      if (::lstat(path.c_str(), &status) != 0) return "no " + path;
      text += std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid) + " ";
    }
    return text;
  }
};

TEST_F(AWritableContainer, GivesTheUserWhatIsTheirsInTheImageAndWhatIsRoots) {
  scratch_.make_file("image/srv/deep/mine", "mine", 0600);
  scratch_.make_file("image/srv/of my group", "");
  scratch_.make_file("image/srv/of another", "");
  std::filesystem::create_symlink("/nowhere", scratch_ / "image/srv/link");
  own("srv/deep", 1000, 1000);
  own("srv/deep/mine", 1000, 1000);
  own("srv/of my group", 0, 1000);
  own("srv/of another", 777, 777);
  own("srv/link", 1000, 0);
  EXPECT_EQ(in_container(writable_parts(),
                         [] {
                           return owners_of({"/", "/srv", "/srv/deep", "/srv/deep/mine",
                                             "/srv/of my group", "/srv/of another", "/srv/link"}) +
                                  contents_of("/srv/deep/mine");
                         }),
            "1000:1000 1000:1000 1000:1000 1000:1000 1000:1000 777:777 1000:1000 mine");
}

TEST_F(AWritableContainer, GivesTheUserARootFolderOfTheirOwn) {
  own("", 1000, 1000);
  EXPECT_EQ(in_container(writable_parts(),
                         [] {
                           return owners_of({"/", "/etc"});
                         }),
            "1000:1000 1000:1000 ");
}

TEST_F(AWritableContainer, LooksAtNoFileWhereTheImageNotesThatNoneIsTheUsers) {
  scratch_.make_file("image/srv/mine", "mine");
  own("srv/mine", 1000, 1000);
  scratch_.make_folder("image/opt/chainer/owners/uid-777");
  EXPECT_EQ(in_container(writable_parts(), [] { return owners_of({"/srv/mine"}); }), "0:0 ");
  scratch_.make_folder("image/opt/chainer/owners/uid-1000");
  EXPECT_EQ(in_container(writable_parts(), [] { return owners_of({"/srv/mine"}); }), "1000:1000 ");
}

TEST_F(AWritableContainer, TakesNoDataOfFilesThatItGivesBack) {
  scratch_.make_file("image/srv/large", std::string(8 << 20, 'x'));
  own("srv/large", 1000, 1000);
  EXPECT_EQ(in_container(writable_parts(),
                         [] {
                           struct statvfs before {};
                           ::statvfs("/", &before);
                           const auto used = (before.f_blocks - before.f_bfree) * before.f_frsize;
                           std::ofstream("/srv/large", std::ios::app) << "y";
                           return (used < (1 << 20) ? "no data, then " : "data, then ") +
                                  std::to_string(contents_of("/srv/large").size());
                         }),
            "no data, then 8388609");
}

TEST_F(AContainer, IsNotWritableWhereTheKernelCannotMapTheImagesFiles) {
  image_ = "/sys";  // as a squashfs is before Linux 6.2
  auto writable = parts();
  writable.root.writable = true;
  EXPECT_EQ(in_container(std::move(writable), [] { return "made"; }),
            "cannot make the container writable: cannot map the image's files to the user: "
            "Invalid argument");
}

TEST_F(AContainer, MakesMissingPlacesInALayerOfItsOwn) {
  EXPECT_EQ(in_container(with(bind(scratch_ / "host", "/deep/inside")),
                         [] { return contents_of("/deep/inside/file"); }),
            "host");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "image/deep"));
}

TEST_F(AContainer, MakesTheTargetOfADanglingSymlink) {
  std::filesystem::create_symlink("../run/names", scratch_ / "image/etc/names");
  EXPECT_EQ(in_container(with(bind(scratch_ / "host/file", "/etc/names", Bind::Kind::file)),
                         [] { return contents_of("/run/names") + contents_of("/etc/names"); }),
            "hosthost");
}

TEST_F(AContainer, KeepsWithinItselfWhateverItsLinksSay) {
  std::filesystem::create_symlink(scratch_ / "host", scratch_ / "image/out");
  std::filesystem::create_symlink("../../../../../../../.." + (scratch_ / "host"),
                                  scratch_ / "image/up");
  for (const std::string link : {"/out/made", "/up/made"}) {
    EXPECT_EQ(in_container(with(bind(scratch_ / "host", link)),
                           [&] { return contents_of(link + "/file"); }),
              "host");
  }
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "host/made"));
}

TEST_F(AContainer, MakesNoPlaceInAFolderOfTheHost) {
  auto two = with(bind(scratch_ / "host", "/mnt"));
  two.root.binds.push_back(bind(scratch_ / "host", "/mnt/made"));
  EXPECT_EQ(in_container(std::move(two), [] { return std::string("built"); }),
            "cannot make the mount point /mnt/made: it lies in a folder of the host");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "host/made"));
}

TEST_F(AContainer, LeavesItsBuilderWhereItWas) {
  for (const bool fails : {false, true}) {
    EXPECT_EQ(
        in_child([&] {
          if (::unshare(CLONE_NEWNS) != 0) return std::string("no namespace");
          ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
          if (::chdir((scratch_ / "host").c_str()) != 0) return std::string("no folder");
          const auto before = std::filesystem::read_symlink("/proc/self/ns/mnt");
          auto some = parts();
          some.root.binds.push_back({tree_of("/dev", nosuid()), Bind::Kind::directory, "/dev"});
          if (fails) some.run_dir = "/nowhere/run";
          const auto mounts = contents_of("/proc/self/mountinfo");
          const bool built =
              build_container(fixtures::attached(), tree_of(scratch_ / "image"), std::move(some))
                  .has_value();
          std::string told = built ? "built" : "failed";
          if (std::filesystem::read_symlink("/proc/self/ns/mnt") != before) told += ", elsewhere";
          if (contents_of("file") != "host") told += ", in another folder";
          if (contents_of("/proc/self/mountinfo") != mounts) told += ", with mounts";
          return told;
        }),
        fails ? "failed" : "built");
  }
}

/// An image that lacks a mount point, so that its root folder is put together from its parts.
class AMirroredContainer : public AContainer {
 protected:
  void SetUp() override {
    AContainer::SetUp();
    if (IsSkipped()) return;
    scratch_.make_file("image/usr/lib/name", "of the image");
    scratch_.make_file("image/.note", "a note");
    scratch_.make_folder("image/home", 0750);
    std::filesystem::create_symlink("usr/lib", scratch_ / "image/lib");
  }

  ContainerParts lacking(const std::vector<std::string>& destinations = {"/scratch"}) {
    auto made = parts();
    for (const auto& destination : destinations)
      made.root.binds.push_back(bind(scratch_ / "host", destination));
    return made;
  }

  /// The file system that a place lies on.
  static std::string type_of(const std::string& path) {
    struct statfs status {};
    if (::statfs(path.c_str(), &status) != 0) return "none";
    switch (status.f_type) {
      case TMPFS_MAGIC: return "tmpfs ";
      case OVERLAYFS_SUPER_MAGIC: return "overlay ";
      default: return "image ";
    }
  }
};

TEST_F(AMirroredContainer, ShowsAllOfTheImage) {
  EXPECT_EQ(in_container(lacking(),
                         [] {
                           struct stat home {};
                           ::stat("/home", &home);
                           return contents_of("/usr/lib/name") + ", " + contents_of("/lib/name") +
                                  ", " + std::filesystem::read_symlink("/lib").string() + ", " +
                                  contents_of("/.note") + ", " + contents_of("/scratch/file") +
                                  ", " + std::to_string(home.st_mode & 07777);
                         }),
            "of the image, of the image, usr/lib, a note, host, " + std::to_string(0750));
}

TEST_F(AMirroredContainer, HasALayerOverThePartThatLacksAPlaceAndIsNotEmpty) {
  EXPECT_EQ(in_container(lacking({"/usr/site", "/home/ada"}),
                         [] {
                           return type_of("/") + type_of("/usr") + type_of("/etc") +
                                  type_of("/home") + type_of("/mnt") +
                                  contents_of("/usr/lib/name") + contents_of("/usr/site/file") +
                                  contents_of("/home/ada/file");
                         }),
            "tmpfs overlay image tmpfs tmpfs of the imagehosthost");
}

TEST_F(AMirroredContainer, KeepsTheModeOfTheImagesFolders) {
  scratch_.make_folder("image", 0711);
  scratch_.make_folder("image/srv", 01773, 7);
  scratch_.make_folder("image/opt", 02750);
  EXPECT_EQ(in_container(lacking({"/srv/site", "/opt/site", "/home/ada"}),
                         [] {
                           std::string modes;
                           for (const auto* path : {"/", "/srv", "/opt", "/home"}) {
                             struct stat status {};
                             ::stat(path, &status);
                             std::array<char, 32> text{};
                             ::snprintf(text.data(), text.size(), "%o %u ", status.st_mode & 07777,
                                        status.st_uid);
                             modes += text.data();
                           }
                           return modes;
                         }),
            "711 0 1773 7 2750 0 750 0 ");
}

TEST_F(AMirroredContainer, CannotBeWrittenAnywhereEvenByRoot) {
  EXPECT_EQ(in_container(lacking({"/usr/site", "/home/ada", "/scratch"}),
                         [] {
                           std::string told;
                           for (const auto* path : {"/new", "/usr/new", "/home/new", "/etc/new"}) {
                             if (::open(path, O_CREAT | O_WRONLY, 0600) >= 0)
                               told += "written ";
                             else
                               told += errno == EROFS ? "refused " : std::strerror(errno);
                           }
                           return told + (::open("/.note", O_WRONLY) < 0 ? "refused" : "opened");
                         }),
            "refused refused refused refused refused");
}

TEST_F(AMirroredContainer, HasNoMountWithSetuidProgramsOrDevices) {
  EXPECT_EQ(in_container(lacking({"/usr/site", "/home/ada"}),
                         [] {
                           // /proc of the image is empty: the host's is mounted for the look.
                           if (::mount("proc", "/proc", "proc", 0, nullptr) != 0)
                             return std::string("no /proc");
                           std::istringstream lines(contents_of("/proc/self/mountinfo"));
                           std::string others;
                           int mounts = 0;
                           for (std::string line; std::getline(lines, line); ++mounts) {
                             std::istringstream words(line);
                             std::array<std::string, 6> word;
                             for (auto& one : word) words >> one;
                             const auto& place = word[4];
                             const auto options = "," + word[5] + ",";
                             if (place == "/dev" || place.starts_with("/dev/") || place == "/proc")
                               continue;
                             if (options.find(",nosuid,") == std::string::npos ||
                                 options.find(",nodev,") == std::string::npos)
                               others += place + " ";
                           }
                           return mounts > 8 ? others : "hardly a mount";
                         }),
            "");
}

TEST_F(AMirroredContainer, TakesNamesOfEveryKind) {
  const std::vector<std::string> names{"a\nb", "with,comma:colon\\", "...", "\xff\x01", " ", "*"};
  for (const auto& name : names) scratch_.make_file("image/" + name + "/file", "in " + name);
  EXPECT_EQ(in_container(lacking({"/with,comma:colon\\/made", "/\xff\x01/made"}),
                         [&] {
                           std::string told;
                           for (const auto& name : names) {
                             if (contents_of("/" + name + "/file") != "in " + name)
                               told += "not " + name;
                           }
                           return told + contents_of("/\xff\x01/made/file");
                         }),
            "host");
}

TEST_F(AMirroredContainer, IsLayeredWholeWhereItsRootFolderHoldsVeryMany) {
  for (int i = 0; i < 200; ++i) scratch_.make_folder("image/many" + std::to_string(i));
  EXPECT_EQ(in_container(lacking(),
                         [] {
                           return type_of("/") + type_of("/usr") + contents_of("/usr/lib/name") +
                                  contents_of("/scratch/file");
                         }),
            "overlay overlay of the imagehost");
}

TEST_F(AMirroredContainer, HasAtItsTopWhatAMountOfTheUsersCovers) {
  scratch_.make_folder("image/srv/place");
  scratch_.make_file("other/file", "other");
  auto made = lacking({"/scratch", "/srv"});
  made.root.binds.push_back(bind(scratch_ / "other", "/srv/place"));
  EXPECT_EQ(in_container(std::move(made), [] { return std::string("built"); }),
            "cannot make the mount point /srv/place: it lies in a folder of the host");
}

TEST_F(AMirroredContainer, HasMountsOverItsTopFoldersFilesAndLinks) {
  auto made = lacking({"/scratch", "/usr", "/lib"});
  made.root.binds.push_back(bind(scratch_ / "host/file", "/.note", Bind::Kind::file));
  scratch_.make_folder("host/lib");
  EXPECT_EQ(in_container(std::move(made),
                         [] {
                           return contents_of("/usr/file") + contents_of("/.note") +
                                  contents_of("/lib/file");
                         }),
            "hosthosthost");
}

TEST_F(AMirroredContainer, LeavesTheImageAlone) {
  EXPECT_EQ(in_container(lacking({"/usr/site", "/home/ada", "/scratch"}),
                         [] { return std::string("built"); }),
            "built");
  for (const auto* path : {"image/usr/site", "image/home/ada", "image/scratch"})
    EXPECT_FALSE(std::filesystem::exists(scratch_ / path)) << path;
}

TEST_F(AContainer, OfSharedMemoryAloneIsTheHostOtherwise) {
  EXPECT_EQ(in_child([&] {
              const auto built =
                  build_private_shm(fixtures::attached(), ByteSize::from_bytes(2 << 20));
              if (!built) return built.error().what;
              if (::setns(built->get(), CLONE_NEWNS) != 0) return std::string("cannot enter");
              struct statvfs shm {};
              ::statvfs("/dev/shm", &shm);
              return std::to_string(shm.f_blocks * shm.f_frsize) + " " +
                     contents_of(scratch_ / "host/file");
            }),
            "2097152 host");
}

}  // namespace
}  // namespace chainer::container_root_test
