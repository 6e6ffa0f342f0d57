#include "core/image_ref.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace chainer::image_ref_test {
namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

RegistryRef registry(const std::string& text) {
  const auto ref = ImageRef::parse(text);
  EXPECT_TRUE(ref) << text << ": " << ref.error().what;
  return ref ? std::get<RegistryRef>(ref->source()) : RegistryRef{};
}

TEST(ImageRef, ReadsABareNameAsDockerDoes) {
  EXPECT_EQ(registry("debian").to_string(), "docker://docker.io/library/debian:latest");
  EXPECT_EQ(registry("user/app:v1").to_string(), "docker://docker.io/user/app:v1");
  EXPECT_EQ(registry("localhost/app").host, "localhost");
  EXPECT_EQ(registry("127.0.0.1:5000/a/b:t").host, "127.0.0.1:5000");
  EXPECT_EQ(registry("docker://ghcr.io/a/b__c:t").repository, "a/b__c");
  EXPECT_EQ(registry("[::1]:5000/a").host, "[::1]:5000");
}

TEST(ImageRef, KnowsDockersRegistryByItsNames) {
  for (const auto* text :
       {"ubuntu", "library/ubuntu", "docker.io/ubuntu", "docker.io/library/ubuntu",
        "index.docker.io/ubuntu", "docker://index.docker.io/library/ubuntu"}) {
    EXPECT_EQ(registry(text).to_string(), "docker://docker.io/library/ubuntu:latest") << text;
  }
  // A name of a machine, which Docker leaves as it is.
  EXPECT_EQ(registry("registry-1.docker.io/library/ubuntu").host, "registry-1.docker.io");
  EXPECT_EQ(registry("localhost/ubuntu").host, "localhost");
  EXPECT_EQ(registry("team/ubuntu").repository, "team/ubuntu");
}

TEST(ImageRef, AnswersWhatIsWrittenForOtherTools) {
  struct Case {
    const char* written;
    const char* why;
    const char* hint;
  };
  constexpr Case cases[] = {
      {"library://a/b:c", "another tool's", "apptainer pull"},
      {"oras://host/a:b", "another tool's", "apptainer pull"},
      {"dockerd://a", "another tool's", "docker-daemon:NAME"},
      {"containers-storage:a", "another tool's", "podman save"},
      {"nvcr.io#nvidia/pytorch:24.01-py3", "as enroot writes",
       "write nvcr.io/nvidia/pytorch:24.01-py3"},
      {"docker://host:5000#a/b", "as enroot writes", "write host:5000/a/b"},
      {"hello.sqsh", "a file", "write ./hello.sqsh for the file, or docker://hello.sqsh"},
      {"images/train.sif", "a file", "./images/train.sif"},
      {"image.tar.gz", "a file", "./image.tar.gz"},
  };
  for (const auto& [written, why, hint] : cases) {
    const auto ref = ImageRef::parse(written);
    ASSERT_FALSE(ref) << written;
    EXPECT_NE(ref.error().what.find(why), std::string::npos) << ref.error().what;
    EXPECT_NE(ref.error().hint.find(hint), std::string::npos) << ref.error().hint;
  }
  EXPECT_EQ(registry("docker://hello.sqsh").repository, "library/hello.sqsh");
  EXPECT_EQ(registry("hello.sqsh:v1").repository, "library/hello.sqsh");
  EXPECT_EQ(ImageRef::parse("user:secret@host#a/b").error().what.find("secret"), std::string::npos);
}

TEST(ImageRef, TellsATagFromAPort) {
  const auto ref = registry("host.example:5000/app");
  EXPECT_EQ(ref.host, "host.example:5000");
  EXPECT_EQ(ref.tag, "latest");
}

TEST(ImageRef, IsPinnedByADigest) {
  EXPECT_EQ(ImageRef::parse("a/b@" + digest)->pinned()->to_string(), digest);
  EXPECT_EQ(registry("a/b@" + digest).tag, "");
  EXPECT_EQ(registry("a/b:t@" + digest).tag, "t");
  EXPECT_FALSE(ImageRef::parse("a/b:t")->pinned());
}

TEST(ImageRef, EveryKindIsPinnedByADigest) {
  for (const std::string start :
       {"oci:/d", "oci:/d:v1", "oci-archive:/d", "oci-archive:/d:v1", "docker-archive:/f",
        "docker-archive:/f:a/b:c", "docker-daemon:a/b:c", "/f.sqsh", "./d", "sif:f", "squashfs:f",
        "dir:d"}) {
    const auto ref = ImageRef::parse(start + "@" + digest);
    ASSERT_TRUE(ref) << start;
    EXPECT_EQ(ref->pinned()->to_string(), digest);
    EXPECT_FALSE(ImageRef::parse(start)->pinned()) << start;
    EXPECT_EQ(ref->text(), start + "@" + digest);
  }
  const auto layout = std::get<OciLayoutRef>(ImageRef::parse("oci:/d@e:v1@" + digest)->source());
  EXPECT_EQ(layout.directory, "/d@e");
  EXPECT_EQ(layout.tag, "v1");
  EXPECT_FALSE(ImageRef::parse("oci:/d@e")->pinned());
  EXPECT_FALSE(ImageRef::parse("oci:/d@sha256:12"));
  EXPECT_FALSE(ImageRef::parse("oci:@" + digest));
  EXPECT_FALSE(ImageRef::parse("sif:@" + digest));
  EXPECT_FALSE(ImageRef::parse("/f@sha256:12"));
  const auto by_id = ImageRef::parse("docker-daemon:" + digest);
  EXPECT_EQ(by_id->pinned()->to_string(), digest);
  EXPECT_EQ(std::get<DockerDaemonRef>(by_id->source()).reference, digest);
}

TEST(ImageRef, ReadsTheOtherTransports) {
  EXPECT_EQ(std::get<OciLayoutRef>(ImageRef::parse("oci:/d/x:tag")->source()).tag, "tag");
  EXPECT_EQ(std::get<OciLayoutRef>(ImageRef::parse("oci:d")->source()).directory, "d");
  EXPECT_EQ(std::get<OciArchiveRef>(ImageRef::parse("oci-archive:f.tar")->source()).file, "f.tar");
  EXPECT_EQ(
      std::get<DockerArchiveRef>(ImageRef::parse("docker-archive:f.tar:a/b:c")->source()).reference,
      "a/b:c");
  EXPECT_EQ(std::get<PathRef>(ImageRef::parse("./x.sif")->source()).path, "./x.sif");
  EXPECT_EQ(std::get<DockerDaemonRef>(ImageRef::parse("docker-daemon:a:b")->source()).reference,
            "a:b");
}

TEST(ImageRef, APathMaySayWhatItLeadsTo) {
  for (const auto& [text, path, kind] : {std::tuple{"/d@e", "/d@e", PathRef::Kind::any},
                                         {"../d", "../d", PathRef::Kind::any},
                                         {".", ".", PathRef::Kind::any},
                                         {"..", "..", PathRef::Kind::any},
                                         {"sif:d/f:1", "d/f:1", PathRef::Kind::sif},
                                         {"squashfs:f", "f", PathRef::Kind::squashfs},
                                         {"dir:/d", "/d", PathRef::Kind::folder}}) {
    const auto ref = ImageRef::parse(text);
    ASSERT_TRUE(ref) << text;
    EXPECT_EQ(std::get<PathRef>(ref->source()).path, path);
    EXPECT_EQ(std::get<PathRef>(ref->source()).kind, kind);
  }
}

TEST(ImageRef, AnEnginesImageIsNamedAsDockerNamesIt) {
  for (const auto* text :
       {"docker-daemon:", "docker-daemon:UPPER", "docker-daemon:a:b:c", "docker-daemon:u:p@h.org/a",
        "docker-daemon:../x", "docker-daemon:sha256:12"}) {
    EXPECT_FALSE(ImageRef::parse(text)) << text;
  }
}

TEST(ImageRef, RefusesWhatIsNone) {
  for (const std::string text :
       {"", "UPPER", "a//b", "-a", "a:", "a:.t", "a b", "http://x/y", "a@sha256:12",
        "oci:", "dir:", "squashfs:", "a/b:t@", "a\nb", "a..b", "a___b", "host:port/x"}) {
    EXPECT_FALSE(ImageRef::parse(text)) << text;
  }
  EXPECT_FALSE(ImageRef::parse(std::string(5000, 'a')));
}

TEST(ImageRef, NeverShowsAPassword) {
  const auto ref = ImageRef::parse("user:secret@ghcr.io/a/b");
  ASSERT_FALSE(ref);
  EXPECT_EQ(ref.error().what.find("secret"), std::string::npos);
  EXPECT_NE(ref.error().hint.find("--chainer-auth"), std::string::npos);
}

TEST(ImageRef, KnowsLoopbackRegistries) {
  EXPECT_TRUE(registry("127.0.0.1:5000/a").is_loopback());
  EXPECT_TRUE(registry("localhost:5000/a").is_loopback());
  EXPECT_TRUE(registry("[::1]:5000/a").is_loopback());
  EXPECT_FALSE(registry("ghcr.io/a/b").is_loopback());
}

/// A reference that is written out reads as itself, whatever was left out of it.
RC_GTEST_PROP(ImageRef, ReadsWhatItWrites, ()) {
  const auto one = [](std::vector<std::string> forms) { return *rc::gen::elementOf(forms); };
  const auto text = one({"", "docker://"}) +
                    one({"", "localhost/", "h.example:5000/", "[::1]:5000/"}) +
                    one({"a", "a/b-c", "a/b__c/d.e"}) + one({"", ":1", ":latest", ":V_1.2-x"}) +
                    one({"", "@sha256:" + std::string(64, 'a')});
  const auto first = ImageRef::parse(text);
  RC_ASSERT(first.has_value());
  const auto written = std::get<RegistryRef>(first->source()).to_string();
  const auto again = ImageRef::parse(written);
  RC_ASSERT(again.has_value());
  RC_ASSERT(std::get<RegistryRef>(again->source()).to_string() == written);
  RC_ASSERT(again->pinned().has_value() == first->pinned().has_value());
}

}  // namespace
}  // namespace chainer::image_ref_test
