#include "core/base/process/limit_watch.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace base {
namespace {

struct Row {
    decltype(RLIMIT_NOFILE) resource;
    std::string_view name;
};

// Those on which others in the process depend.
constexpr std::array kRows{
    Row{RLIMIT_NOFILE, "RLIMIT_NOFILE"},
    Row{RLIMIT_AS, "RLIMIT_AS"},
    Row{RLIMIT_DATA, "RLIMIT_DATA"},
    Row{RLIMIT_STACK, "RLIMIT_STACK"},
    Row{RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"},
    Row{RLIMIT_NPROC, "RLIMIT_NPROC"},
    Row{RLIMIT_FSIZE, "RLIMIT_FSIZE"},
    Row{RLIMIT_CPU, "RLIMIT_CPU"},
    Row{RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
};

std::string limit_text(rlim_t limit) {
    return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

// A hard limit that is lower than it was is no loss as long as the soft one can be as it was. Only
// root lifts it.
bool put_back(const Row& row, const rlimit& wanted, const rlimit& now) {
    const rlimit soft{wanted.rlim_cur, now.rlim_max};
    return (now.rlim_max >= wanted.rlim_cur && ::setrlimit(row.resource, &soft) == 0) ||
           ::setrlimit(row.resource, &wanted) == 0;
}

}  // namespace

LimitWatch::LimitWatch() {
    for (const Row& row : kRows) {
        rlimit limit{};
        ::getrlimit(row.resource, &limit);
        limits_.push_back(limit);
    }
}

std::vector<LimitWatch::Lowered> LimitWatch::put_back() const {
    std::vector<Lowered> lowered;
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        rlimit now{};
        if (::getrlimit(kRows[i].resource, &now) != 0 || now.rlim_cur >= limits_[i].rlim_cur) {
            continue;
        }
        // First: there may be no memory for words about it before.
        const bool is_put_back = base::put_back(kRows[i], limits_[i], now);
        lowered.push_back(
            {fmt::format(
                 "{} of this process was lowered from {} to {}",
                 kRows[i].name,
                 limit_text(limits_[i].rlim_cur),
                 limit_text(now.rlim_cur)
             ),
             is_put_back}
        );
    }
    return lowered;
}

}  // namespace base
