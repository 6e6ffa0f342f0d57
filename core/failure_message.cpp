#include "core/failure_message.hpp"

#include "core/printable.hpp"

namespace chainer {
namespace {

/// What to do next when whoever found the error knew nothing better.
std::string_view default_hint(Fault fault) {
  switch (fault) {
    case Fault::user: return "correct what was asked for and submit again";
    case Fault::node: return "tell an administrator of this cluster, with this message";
    case Fault::try_again: return "submit again later";
    case Fault::defect:
      return "this is a defect of chainer-submit: please report it with this message";
  }
  return "";
}

}  // namespace

std::string failure_message(std::string_view label, const Error& error) {
  std::string text = "chainer: ";
  if (!label.empty()) text += std::string(label) + ": ";
  text += printable_lines(error.what);
  text += "\nnext: ";
  text += error.hint.empty() ? default_hint(error.fault) : printable(error.hint);
  return text;
}

}  // namespace chainer
