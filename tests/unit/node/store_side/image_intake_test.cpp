#include "node/store_side/image_intake.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/pipe.hpp"
#include "node/wire/blob_hash.hpp"
#include "store_folder.hpp"

namespace chainer::image_intake_test {
namespace {

/// A store's side whose user's side is the test.
class ImageIntakeTest : public fixtures::StoreFolder {
 protected:
  static wire::SendRequest request_for(std::initializer_list<std::string_view> blobs) {
    wire::SendRequest request;
    for (const auto blob : blobs) request.blobs.push_back({wire::BlobHash::of(blob), blob.size()});
    return request;
  }

  Result<std::unique_ptr<store_side::ImageIntake>> start(const wire::SendRequest& request) {
    return store_side::ImageIntake::start(
        session_, room_, request, [this](std::uint64_t bytes, store_side::ImageIntake::News news) {
          heard_ = bytes;
          verified_ += news == store_side::ImageIntake::News::blob_verified;
        });
  }

  static std::string content_of(store::BlobSpool& spool) {
    std::string text;
    std::string piece(7'000, '\0');
    while (true) {
      const auto got = spool.read(text.size(), piece);
      if (!got || *got == 0) return text;
      text.append(piece, 0, *got);
    }
  }

  store::Store store_{open()};
  store::StoreRoom room_{*store::StoreRoom::open(store_, 1000)};
  Pipe to_store_{*Pipe::create()};
  Pipe to_user_{*Pipe::create()};
  store_side::StoreSession session_{store_,
                                    PluginConf{},
                                    {EntryKind::manifest, 1000, "node n1"},
                                    to_store_.read_end.get(),
                                    to_user_.write_end.get(),
                                    [](std::string_view) {}};
  wire::FrameWriter user_{to_store_.write_end.get(), wire::Peer::stores_side};
  std::uint64_t heard_{0};
  int verified_{0};
};

TEST_F(ImageIntakeTest, TakesBlobsThatComeInterleavedWhileTheyAreRead) {
  const std::string one(200'000, '1');
  const std::string two(150'000, '2');
  auto intake = start(request_for({one, two}));
  ASSERT_TRUE(intake);
  std::thread user([&] {
    for (std::size_t at = 0; at < one.size(); at += 10'000) {
      ASSERT_TRUE(user_.write(wire::FrameType::data, std::string_view(one).substr(at, 10'000), 0));
      if (at >= two.size()) continue;
      ASSERT_TRUE(user_.write(wire::FrameType::data, std::string_view(two).substr(at, 10'000), 1));
    }
    ASSERT_TRUE(user_.write(wire::FrameType::end, "", 1));
    ASSERT_TRUE(user_.write(wire::FrameType::end, "", 0));
  });
  EXPECT_TRUE(content_of((*intake)->spool(0)) == one);
  EXPECT_TRUE(content_of((*intake)->spool(1)) == two);
  EXPECT_TRUE((*intake)->finish());
  user.join();
  EXPECT_EQ((*intake)->bytes(), one.size() + two.size());
  EXPECT_EQ(heard_, one.size() + two.size());
  EXPECT_EQ(verified_, 2);
}

TEST_F(ImageIntakeTest, GivesItsErrorToWhoeverReads) {
  auto intake = start(request_for({"right"}));
  ASSERT_TRUE(intake);
  std::thread user([&] {
    ASSERT_TRUE(user_.write(wire::FrameType::data, "wrong"));
    ASSERT_TRUE(user_.write(wire::FrameType::end, ""));
  });
  EXPECT_FALSE((*intake)->spool(0).wait());
  user.join();
  const auto failure = (*intake)->failure();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->what.find("its bytes have the digest sha256:"), std::string::npos);
  EXPECT_EQ(verified_, 0);
}

TEST_F(ImageIntakeTest, EndsWhileTheUsersSideSaysNothing) {
  auto intake = start(request_for({"right"}));
  ASSERT_TRUE(intake);
  ASSERT_TRUE(user_.write(wire::FrameType::data, "ri"));
  intake->reset();
  EXPECT_EQ(verified_, 0);
}

}  // namespace
}  // namespace chainer::image_intake_test
