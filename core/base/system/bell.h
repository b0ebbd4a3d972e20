// Bell: wakes whoever waits for its descriptor. An eventfd would, too, but is rung by write(2):
// were it closed by an application in this process, the next ring would go to whatever has its
// number by then, as eight bytes in a client's answer. This one is rung by epoll_ctl(2), which
// fails on everything else, and then ends the process.
#pragma once

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace base {

class Bell {
public:
    static Result<Bell> create();

    // Readable from ring() until quiet(); one that is rung again meanwhile gives no further edge.
    [[nodiscard]] int fd() const { return epoll_.get(); }
    // Any thread, and signal handlers.
    void ring() const noexcept;
    // Whoever waits: before looking at what the bell was rung for.
    void quiet() const noexcept;
    // Its descriptors are what they were.
    [[nodiscard]] bool is_whole() const noexcept;

private:
    Bell(Fd epoll, Fd ready) : epoll_(std::move(epoll)), ready_(std::move(ready)) {}

    Fd epoll_;
    Fd ready_;  // readable for good; epoll_ reports it once each time it is asked to
};

}  // namespace base
