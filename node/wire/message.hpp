// How progress reads on the job's stderr, and what an error is to root and to a shell.
#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/preparation_work.hpp"
#include "core/result.hpp"
#include "core/store_verdict.hpp"

namespace chainer::wire {

/// Prints one line on the job's stderr. main passes it in: nobody else prints.
using Say = std::function<void(std::string_view line)>;

/// `chainer: node n1: TEXT`: progress says the node, not the step. One printable line.
std::string progress_message(std::string_view label, std::string_view text);

/// The step of a label, `step 12.0`; empty where it names none.
std::string_view step_of(std::string_view label);
/// Whether two labels are of one step: what its nodes say reaches one person, in one stream.
bool are_of_one_step(std::string_view label, std::string_view other);

/// "34 MB", "1.2 GB": powers of 1000, as registries and disks are sold.
std::string human_bytes(std::uint64_t bytes);
/// "34 of 120 MB"
std::string human_progress(std::uint64_t done, std::uint64_t total);
/// "0.3 s"
std::string human_seconds(double seconds);
/// "2026-11-26T13:02:11Z", of seconds since 1970
std::string utc_time(std::time_t seconds);
/// What has passed, as a number of seconds.
double seconds_since(std::chrono::steady_clock::time_point start);
/// "resolve 0.1 s, download 3.4 s"
std::string human_phases(const std::vector<PhaseTime>& phases);

/// The class of an error, as root is told of it and as the program's exit code.
Outcome outcome_of(Fault fault);
int exit_code_of(Fault fault);

}  // namespace chainer::wire
