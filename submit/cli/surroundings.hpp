// What a command takes from the process that it runs in.
#pragma once

#include <string>

#include "submit/input/this_machine.hpp"

namespace chainer::cli {

struct Surroundings {
  std::string working_folder;  ///< absolute
  std::string user;            ///< the account's name
  std::string site_file;       ///< unless --site says otherwise; empty: there is none
  input::OwnFolders own{};     ///< the folders of a machine without a site file

  /// The absolute path of what a person named, without a trailing slash.
  std::string path_of(const std::string& name) const;

  /// Those of this process. The site file is $CHAINER_SUBMIT_SITE, else /etc/chainer/site.toml if
  /// that exists.
  static Surroundings of_this_process();
};

}  // namespace chainer::cli
