// Collects findings while a file is read, so that a person sees all of them at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/diagnostics.hpp"

namespace chainer::toml {

/// Where something was written.
struct Place {
  std::string file;
  Position at;
};

/// A value with the place that it was written at.
template <typename T>
struct Located {
  T value;
  Place place;
};

class Report {
 public:
  void error(const Place& place, std::string message, std::string hint = {}) {
    ++errors_;
    add(place, Severity::error, std::move(message), std::move(hint));
  }
  void warning(const Place& place, std::string message, std::string hint = {}) {
    add(place, Severity::warning, std::move(message), std::move(hint));
  }

  /// Adds another report's findings to these.
  void take(Report other) {
    errors_ += other.errors_;
    for (auto& finding : other.findings_) findings_.push_back(std::move(finding));
  }
  void take(Finding finding) {
    errors_ += finding.severity == Severity::error;
    findings_.push_back(std::move(finding));
  }

  bool has_errors() const { return errors_ > 0; }
  /// All findings, by file and position.
  std::vector<Finding> sorted() const {
    auto findings = findings_;
    sort_by_position(findings);
    return findings;
  }

 private:
  void add(const Place& place, Severity severity, std::string message, std::string hint) {
    findings_.push_back({place.file, place.at, severity, printable(std::move(message)),
                         printable(std::move(hint))});
  }

  /// What a person wrote is quoted in messages: its control characters must not reach a terminal.
  static std::string printable(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
  }

  std::vector<Finding> findings_;
  int errors_{0};
};

}  // namespace chainer::toml
