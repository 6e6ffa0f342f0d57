// What is to be said of an image's MPI, and of it beside the nodes' own.
#pragma once

#include <string>

#include "core/diagnostics.hpp"
#include "submit/doctor/mpi_survey.hpp"

namespace chainer::doctor {

/// A container costs MPI nothing; what two measurements one after the other differ by is below.
inline constexpr double tolerated_slowness = 0.05;

/// Ways that are slow for the nodes' networks, and times in the container that are longer.
HealthFindings compare_mpi(const MpiSurvey& survey);

/// One sentence: which way, beside the nodes' own MPI, and beside the nodes' networks.
std::string verdict_on(const MpiSurvey& survey);

/// "TCP over eth0"
std::string text_of_ways(const MpiReport& report);

/// A table of both places, the findings, and the verdict.
std::string mpi_text(const MpiSurvey& survey, const std::string& image, Colour colour);
std::string mpi_json(const MpiSurvey& survey, const std::string& image);

}  // namespace chainer::doctor
