#include "spank_plugin/image_entry.hpp"

#include "core/store_entry.hpp"
#include "spank_plugin/made_entry.hpp"
#include "spank_plugin/warm_mounts.hpp"

namespace chainer {

Result<std::optional<ImageEntry>> find_image(const ImageRequest& image, const Step& step,
                                             const StoreReader& store) {
  if (!image.digest) return std::optional<ImageEntry>();
  const auto kind = kind_of_image(image.reference);
  TRY_ASSIGN(auto found, store.find(kind, *image.digest, step.account.uid));
  if (!found) return std::optional<ImageEntry>();
  return std::optional<ImageEntry>({{*image.digest}, *std::move(found)});
}

Result<ImageEntry> fetch_image(const Attached& attached, const Step& step,
                               const ImageRequest& image, const Site& site,
                               const StoreReader& store, const std::optional<Digest>& suspect) {
  UserSide side{{"image", "--label", step.label(), "--reference", image.reference.text()}, {}};
  const auto add = [&](const char* option, std::string value) {
    side.arguments.emplace_back(option);
    side.arguments.push_back(std::move(value));
  };
  if (image.digest) add("--digest", image.digest->to_string());
  if (!image.auth_file.empty()) add("--auth", image.auth_file);
  const Order order{kind_of_image(image.reference), suspect};
  TRY_ASSIGN(auto made, make_entry(attached, step, site, store, order, std::move(side)));
  TRY_ASSIGN(auto opened, store.open_named(made.entry, order.kind, step.account.uid));
  return ImageEntry{{made.entry.key, UsedEntry::Origin::helpers, std::move(made.work)},
                    std::move(opened)};
}

Result<UniqueFd> mount_image(const ImageEntry& image, const StoreReader& store,
                             const PluginConf& conf) {
  auto root = mount_entry(image.open, store, conf);
  if (!root) return std::move(root).error().within("cannot mount the image");
  return root;
}

}  // namespace chainer
