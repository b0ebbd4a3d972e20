// The only place that forks, and what a new process does first. Single-threaded callers only: the
// supervisor.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace ipc {

// Forks; the child runs `body` and exits with what it returns. Before that the child arranges to be
// killed when its parent dies (nothing outlives the supervisor), begins a session of its own,
// ignores and unblocks the signals that could end it, but for those of faults, until it installs
// handlers, and closes every descriptor above 2 but `kept`.
base::Result<pid_t> spawn(const std::vector<int>& kept, const std::function<int()>& body);

// The program that runs, whatever stands by now where it was started from.
inline constexpr const char* kThisProgram = "/proc/self/exe";

// Replaces this process, and all that its memory holds, by `program`, with descriptor `channel`
// under its own number and the variables `environment`, each "NAME=value". Returns only on an
// error.
base::Error exec_daemon(
    const std::string& program,
    const std::string& title,
    const std::vector<std::string>& environment,
    int channel
);

// The process's name in ps(1): written over argv, cut to its size. Call remember_arguments() at the
// start of main().
void remember_arguments(int argc, char** argv);
void set_process_title(const std::string& title);
// The program as it was called: argv[0].
std::string program_name();

// Repeats what a process that was exec'ed has lost: to be killed when the supervisor dies.
void die_with_parent(pid_t parent);

}  // namespace ipc
