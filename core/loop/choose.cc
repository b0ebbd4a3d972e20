// Which back-end a process uses: io_uring where the kernel lets us, epoll elsewhere.
#include <cstdlib>

#include "core/loop/ring/epoll/epoll.h"
#include "core/loop/ring/uring/uring.h"

namespace loop {

base::Result<ChosenRing> create_ring(Backend backend) {
    ChosenRing chosen;
    if (backend != Backend::kEpoll) {
        auto uring = Uring::create({});
        if (uring) {
            chosen.ring = std::move(*uring);
            return chosen;
        }
        if (backend == Backend::kIoUring) {
            return base::fail(
                uring.error().fault, "io_uring is not available: " + uring.error().what
            );
        }
        chosen.why_not_io_uring = std::move(uring.error().what);
    }
    chosen.ring = TRY(Epoll::create());
    return chosen;
}

base::Result<Backend> backend_from_environment() {
    const char* const value = std::getenv("HOOPSNAKE_IO");
    if (value == nullptr || *value == '\0') {
        return Backend::kAutomatic;
    }
    const std::string_view name = value;
    if (name == "io_uring") {
        return Backend::kIoUring;
    }
    if (name == "epoll") {
        return Backend::kEpoll;
    }
    return base::fail(
        base::Fault::kConfig,
        "HOOPSNAKE_IO=" + std::string(name) + ": expected \"io_uring\" or \"epoll\""
    );
}

}  // namespace loop
