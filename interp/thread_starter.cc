#include "interp/thread_starter.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/memory.h"
#include "core/base/result.h"
#include "core/base/system/log.h"

namespace interp {

bool ThreadStarter::start(pthread_t& thread, Body body, void* argument) {
    if (!base::has_room_for_threads(static_cast<std::size_t>(starting_) + 1, stack_size_)) {
        return refuse("no room for its stack; the limit is RLIMIT_AS (ulimit -v)");
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    const int refused = stack_size_ > 0 ? pthread_attr_setstacksize(&attributes, stack_size_) : 0;
    const int error = refused != 0 ? refused : pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    if (refused != 0) {
        return refuse(fmt::format("stack-size={}: {}", stack_size_, base::describe_errno(refused)));
    }
    if (error != 0) {
        return refuse(base::describe_errno(error));
    }
    has_told_ = false;
    ++starting_;
    return true;
}

// Said once, for it is tried again and again.
bool ThreadStarter::refuse(std::string_view why) {
    if (!std::exchange(has_told_, true)) {
        base::main_log().error("cannot start a request thread: {}", why);
    }
    return false;
}

}  // namespace interp
