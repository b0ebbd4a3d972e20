#include "core/loop/ring/epoll/readiness.h"

#include <poll.h>

#include <cerrno>
#include <utility>

namespace loop {
namespace {

using Kind = SystemCall::Kind;

std::uint64_t word_for(int fd, std::uint32_t generation) {
    return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

}  // namespace

bool Readiness::Watched::wants_room() const {
    for (const Operation* operation = waiting; operation != nullptr;
         operation = operation->request.next) {
        if (operation->request.is_send() || (operation->request.events & POLLOUT) != 0) {
            return true;
        }
    }
    return false;
}

// Makes epoll's interest in `fd` at least `interest`; 0 or -errno.
int Readiness::tell(int fd, std::uint32_t interest) {
    Watched& known = of(fd);
    if ((known.interest & interest) == interest) {
        return 0;
    }
    const std::uint32_t wanted = known.interest | interest;
    const auto word = word_for(fd, known.generation);
    const int error =
        known.interest == 0 ? events_.add(fd, wanted, word) : events_.change(fd, wanted, word);
    if (error == 0) {
        known.interest = wanted;
    }
    return error;
}

int Readiness::add(Operation& operation, std::uint32_t interest) {
    const int fd = operation.request.fd;
    if (const int error = fd < 0 ? -EBADF : tell(fd, interest); error != 0) {
        return error;
    }
    Operation** end = &of(fd).waiting;
    while (*end != nullptr) {
        end = &(*end)->request.next;
    }
    *end = &operation;
    return 0;
}

void Readiness::remove(Operation& operation) {
    Operation** at = &of(operation.request.fd).waiting;
    while (*at != &operation) {
        CHECK(*at != nullptr);
        at = &(*at)->request.next;
    }
    *at = std::exchange(operation.request.next, nullptr);
    if (operation.request.kind == Kind::kAccept) {
        forget(operation.request.fd);  // level-triggered: nobody would take what it keeps reporting
    }
}

int Readiness::stand_behind_others(int fd) {
    Watched& known = of(fd);
    events_.remove(fd);
    const auto interest = std::exchange(known.interest, 0);
    return tell(fd, interest);
}

void Readiness::forget(int fd) {
    Watched& known = of(fd);
    CHECK(known.waiting == nullptr);
    if (known.interest != 0) {
        // The file may live on, in another process: without this its events would go on to arrive.
        events_.remove(fd);
    }
    known = {.generation = known.generation + 1, .is_in_turn = known.is_in_turn};
}

bool Readiness::is_told_of(int fd) {
    const Watched& known = of(fd);
    return known.interest != 0 &&
           events_.change(fd, known.interest, word_for(fd, known.generation)) == 0;
}

void Readiness::note_not_ready(const SystemCall& request) {
    Watched& known = of(request.fd);
    if (request.is_send()) {
        known.may_write = false;
    } else if (request.kind != Kind::kPoll) {
        known.may_read = false;
    }
}

void Readiness::note(const epoll_event& event) {
    const int fd = static_cast<int>(event.data.u64 & 0xffffffff);
    Watched& known = of(fd);
    if (known.generation != event.data.u64 >> 32) {
        return;
    }
    if ((event.events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        known.may_read = true;
    }
    if ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        known.may_write = true;
    }
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        known.is_ended = true;
    }
    for (Operation* operation = known.waiting; operation != nullptr;
         operation = operation->request.next) {
        if (operation->request.kind == Kind::kWatch) {
            operation->request.result |= static_cast<int>(event.events & 0xffff);
        }
    }
    if (event.events == EPOLLOUT && !known.wants_room()) {
        stop_watching_for_room(fd);
    } else {
        take_turn(fd);
    }
}

// Nobody waits to send, so the event was needless, and more of its kind would follow.
void Readiness::stop_watching_for_room(int fd) {
    Watched& known = of(fd);
    const std::uint32_t wanted = known.interest & ~static_cast<std::uint32_t>(EPOLLOUT);
    if (events_.change(fd, wanted, word_for(fd, known.generation)) == 0) {
        known.interest = wanted;
    }
}

}  // namespace loop
