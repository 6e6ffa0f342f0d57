#include "submit/plan/tree_sizes.hpp"

#include <gtest/gtest.h>

namespace chainer::tree_sizes_test {
namespace {

using plan::TreeSizes;

TEST(TreeSizes, NamesWhatIsLargestAndWhy) {
  TreeSizes sizes;
  sizes.add("train.py", 2'000);
  sizes.enter("data");
  sizes.enter("data/raw");
  sizes.add("data/raw/a.npz", 900'000'000);
  sizes.add("data/raw/b.npz", 800'000'000);
  sizes.leave();
  sizes.add("data/readme", 10);
  sizes.leave();
  sizes.enter("models");
  sizes.add("models/old.npz", 400'000'000);
  sizes.add("models/notes", 1);
  sizes.leave();
  EXPECT_EQ(sizes.largest(TreeSizes::By::size),
            "data/raw/ (1.7 GB in 2 files), models/old.npz (400.0 MB)");
  EXPECT_EQ(sizes.entries(), 9u);
}

TEST(TreeSizes, CountsFilesWhereThoseAreTooMany) {
  TreeSizes sizes;
  sizes.add("big", 1'000'000'000);
  sizes.enter("cache");
  for (int i = 0; i < 50; ++i) sizes.add("cache/" + std::to_string(i), 1);
  sizes.leave();
  sizes.enter("lib");
  for (int i = 0; i < 20; ++i) sizes.add("lib/" + std::to_string(i), 100);
  sizes.leave();
  EXPECT_EQ(sizes.largest(TreeSizes::By::count),
            "cache/ (50 bytes in 50 files), lib/ (2.0 kB in 20 files)");
}

TEST(TreeSizes, NamesFewAndAtLeastOne) {
  TreeSizes sizes;
  for (int i = 0; i < 100; ++i) sizes.add("f" + std::to_string(i), 10);
  EXPECT_EQ(sizes.largest(TreeSizes::By::size), "f0 (10 bytes)");
  EXPECT_EQ(TreeSizes().largest(TreeSizes::By::size), "");
}

TEST(TreeSizes, ShowsSizesInWords) {
  EXPECT_EQ(plan::shown_size(0), "0 bytes");
  EXPECT_EQ(plan::shown_size(999), "999 bytes");
  EXPECT_EQ(plan::shown_size(1'500), "1.5 kB");
  EXPECT_EQ(plan::shown_size(18'446'744'073'709'551'615u), "18446744.1 TB");
}

}  // namespace
}  // namespace chainer::tree_sizes_test
