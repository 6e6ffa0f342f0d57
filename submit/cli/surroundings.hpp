// What a command takes from the process that it runs in.
#pragma once

#include <string>

namespace chainer::cli {

struct Surroundings {
  std::string working_folder;  ///< absolute
  std::string user;            ///< the account's name
  std::string site_file;       ///< where the site file is unless --site says otherwise

  /// The absolute path of what a person named, without an end that says that it is a folder.
  std::string path_of(const std::string& name) const;

  /// Those of this process. The site file is $CHAINER_SUBMIT_SITE, else /etc/chainer/site.toml.
  static Surroundings of_this_process();
};

}  // namespace chainer::cli
