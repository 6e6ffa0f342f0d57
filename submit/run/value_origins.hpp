// Where the values of a run's allocation were written: in the estimator, or in the site file.
#pragma once

#include <string>

#include "submit/input/estimator.hpp"
#include "submit/input/site.hpp"

namespace chainer::run {

/// A key and its place.
struct Origin {
  std::string key;
  toml::Place place;
};

/// For an estimator and a site that gave a plan.
class ValueOrigins {
 public:
  ValueOrigins(const input::Estimator& estimator, const input::Site& site);

  Origin partition() const { return of("partition", &input::SlurmOptions::partition); }
  Origin constraint() const { return of("constraint", &input::SlurmOptions::constraint); }
  Origin account() const { return of("account", &input::SlurmOptions::account); }
  Origin qos() const { return of("qos", &input::SlurmOptions::qos); }
  Origin reservation() const { return of("reservation", &input::SlurmOptions::reservation); }
  Origin gpu_type() const { return of("gpu_type", &input::SlurmOptions::gpu_type); }
  Origin mpi() const { return of_site("mpi"); }
  Origin gpus() const;
  Origin nodes() const;
  Origin duration() const;
  Origin processors() const;
  Origin memory() const;
  /// The key that names the image; an empty one where the site chose it.
  Origin image() const;
  /// What makes the run several ranks.
  Origin ranks() const;
  /// What decides where the run goes at all.
  Origin target() const;

 private:
  Origin of(const char* key, input::Given<std::string> input::SlurmOptions::*member) const;
  Origin of_site(const char* key) const;

  const input::Estimator& estimator_;
  input::SlurmOptions slurm_;
  input::WrittenPlaces site_;
};

}  // namespace chainer::run
