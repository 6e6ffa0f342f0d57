#include "node/builder/host_certificates.hpp"

#include <unistd.h>

#include <array>

namespace chainer::builder {

std::string host_certificates(const Variables& job, const std::string& configured) {
  const std::array candidates{value_of(job, "SSL_CERT_FILE"),
                              configured,
                              value_of(job, "REQUESTS_CA_BUNDLE"),
                              value_of(job, "CURL_CA_BUNDLE"),
                              std::string("/etc/ssl/certs/ca-certificates.crt"),
                              std::string("/etc/pki/tls/certs/ca-bundle.crt"),
                              std::string("/etc/ssl/ca-bundle.pem")};
  for (const auto& file : candidates) {
    if (!file.empty() && ::access(file.c_str(), R_OK) == 0) return file;
  }
  return {};
}

}  // namespace chainer::builder
