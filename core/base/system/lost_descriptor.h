// What a process does about a descriptor of its own that is not what it was: something else in it
// has closed it, and its number may stand for a client's connection by now. Whatever went on could
// send one client what is another's, or would never hear of anything again.
#pragma once

namespace base {

// The exit codes that say so, that it was a limit of the process which somebody has lowered for
// good (core/base/process/limit_watch.h), and that an event loop of it does not turn any more.
constexpr int kLostDescriptorCode = 109;
constexpr int kLoweredLimitCode = 110;
constexpr int kStoppedLoopCode = 111;

// Ends the process in this moment, without needing a descriptor; whoever has started it says why.
// Returns in a child that an application has forked: there they are closed on purpose. Any thread,
// and signal handlers.
void end_for_lost_descriptor() noexcept;

}  // namespace base
