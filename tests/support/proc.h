// Facts about running processes, from /proc. Plain functions; any thread. A process that has gone
// has no facts.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace test::proc {

bool is_running(pid_t pid);  // exists and is no zombie
std::vector<pid_t> children_of(pid_t pid);
// The whole tree below `pid`, without itself.
std::vector<pid_t> descendants_of(pid_t pid);

// The value of `key` in /proc/PID/status ("Uid", "CapEff", …), without leading blanks.
std::optional<std::string> status_field(pid_t pid, const std::string& key);
// The same for each of its threads.
std::vector<std::string> status_field_of_threads(pid_t pid, const std::string& key);
std::string command_line(pid_t pid);

// What each open descriptor points at: "socket:[17]", "/dev/null", …
std::vector<std::string> descriptors(pid_t pid);
// How many of them are TCP connections; listening sockets do not count.
std::size_t tcp_connection_count(pid_t pid);

// Resident memory of all of them, in bytes.
std::size_t resident_memory(const std::vector<pid_t>& pids);
// Peak resident memory in bytes since reset_peak_memory() or its start.
std::size_t peak_memory(pid_t pid);
void reset_peak_memory(pid_t pid);

// This process may open so many, where its hard limit lets it.
void allow_descriptors(std::size_t count);

}  // namespace test::proc
