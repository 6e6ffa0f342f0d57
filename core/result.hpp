// A value or an Error, spelled like C++23's std::expected, which gcc 12 does not have in C++20.
#pragma once

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace chainer {

/// Whose move it is after an error. The class decides the exit code and the `next:` line.
enum class Fault {
  user,       ///< what was asked for is wrong: asking again changes nothing
  node,       ///< this node or site is set up wrongly: an admin must act
  try_again,  ///< something out of reach or in short supply: asking again may work
  defect,     ///< a defect of ours
};

/// What went wrong: "cannot VERB OBJECT: REASON", lower case, without a full stop.
struct Error {
  std::string what;
  std::string hint{};   ///< what to do next; empty when nothing useful can be said
  int error_number{0};  ///< errno of the innermost call, 0 when there was none
  Fault fault{Fault::node};
  bool is_told{false};  ///< somebody has printed it: it is not printed again

  /// The innermost function's error: `what` followed by errno's text.
  static Error from_errno(std::string what, int error_number, Fault fault = Fault::node) {
    what += ": ";
    what += std::strerror(error_number);
    return {std::move(what), {}, error_number, fault};
  }

  /// Adds what only the caller knows, in front: `context: what`.
  Error within(std::string context) && {
    what = std::move(context) + ": " + what;
    return std::move(*this);
  }

  Error with_hint(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
  }
};

/// Holds either a T or an Error. `T` may be void.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Callers look at has_value() first; these never throw.
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace chainer

/// Ends this function with the error of a Result, when it holds one:
///
///     TRY(check_size(total));
///     TRY_ASSIGN(auto room, StoreRoom::open(store, owner));
///
/// TRY_ASSIGN then moves the value into what it declares, or into a variable that is there already.
/// Nothing is copied: a Result that has a name is given as std::move(name).
///
/// Where this level knows something to add to the error, it is written out:
///
///     if (!text) return std::move(text).error().within("cannot read " + path);
#define TRY(...)                                                                               \
  do {                                                                                         \
    auto&& tried = (__VA_ARGS__);                                                              \
    static_assert(!std::is_lvalue_reference_v<decltype(tried)>, "say std::move: it is spent"); \
    if (!tried) return std::move(tried).error();                                               \
  } while (false)

// These are several statements, since what is declared must outlive them: it cannot be the body of
// an `if` without braces. The first two steps put the number of the line into the name of the
// Result, so that one scope can hold many.
#define TRY_ASSIGN(declaration, ...) TRY_ASSIGN_ON(__LINE__, declaration, __VA_ARGS__)
#define TRY_ASSIGN_ON(line, declaration, ...) TRY_ASSIGN_AS(line, declaration, __VA_ARGS__)
#define TRY_ASSIGN_AS(line, declaration, ...)                        \
  auto&& tried_##line = (__VA_ARGS__);                               \
  static_assert(!std::is_lvalue_reference_v<decltype(tried_##line)>, \
                "say std::move: it is spent");                       \
  if (!tried_##line) return std::move(tried_##line).error();         \
  declaration = *std::move(tried_##line)
