// Results and errors: what every function returns that the outside world can make fail.
// Values; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// Who is to blame. `http::status_for` alone turns a fault into a status code.
enum class Fault { kClient, kApplication, kServer, kConfig, kSystem };

struct [[nodiscard]] Error {
    Fault fault = Fault::kServer;
    std::string what;  // one sentence for the log, without a final full stop
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Fault fault, std::string what) {
    return tl::unexpected<Error>(Error{fault, std::move(what)});
}

// What `error` (an errno value) means. Where that is a limit, it is named.
std::string describe_errno(int error);

// The system call `what` failed with `error` (an errno value): "open /x: No such file or
// directory".
tl::unexpected<Error> fail_errno(std::string what, int error);

namespace detail {
template <class T>
T take(Result<T>&& result) {
    return std::move(*result);
}
inline void take(Result<void>&&) {}
}  // namespace detail

}  // namespace base

// Evaluates to the value of a Result, or returns its error from the enclosing function.
#define TRY(...)                                                                  \
    (__extension__({                                                              \
        auto try_result_ = (__VA_ARGS__);                                         \
        if (!try_result_) {                                                       \
            return tl::unexpected<::base::Error>(std::move(try_result_).error()); \
        }                                                                         \
        ::base::detail::take(std::move(try_result_));                             \
    }))
