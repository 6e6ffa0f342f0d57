// How every command answers: what goes to which stream, as text and as JSON.
#pragma once

#include <optional>

#include "submit/cli/command_line.hpp"
#include "submit/cli/surroundings.hpp"
#include "submit/plan/inspection.hpp"
#include "submit/run/console.hpp"
#include "submit/run/run_folder.hpp"

namespace chainer::cli {

/// The site file that a command reads.
const std::string& site_file_of(const CommandLine& line, const Surroundings& surroundings);

/// The question that a command which reads an estimator asks.
plan::Request request_of(const CommandLine& line, const Surroundings& surroundings);

/// The site that a command works for, or a machine's own without a site file. Nothing where the file is wrong,
/// which has been shown then: such a command ends with ExitCode::wrong_input.
std::optional<input::Site> site_for(const CommandLine& line, const Surroundings& surroundings,
                                    run::Console& console);

/// Findings go to standard error; with --json, those that end the command go to standard output.
void show_findings(const CommandLine& line, const plan::Inspection& inspection,
                   run::Console& console);

/// The text goes to standard error; with --json, standard output gets it as a document. `folder` is
/// the folder of a run that may have a job.
run::ExitCode show_error(const CommandLine& line, const Error& error, run::ExitCode code,
                         run::Console& console, const run::RunFolder* folder = nullptr);

}  // namespace chainer::cli
