#include "tests/support/proc.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/test_text.h"

namespace test::proc {
namespace {

constexpr std::size_t kKibibyte = 1024;  // as /proc counts

std::string directory(pid_t pid) { return "/proc/" + std::to_string(pid); }

std::vector<std::string> entries_of(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code gone;
    for (std::filesystem::directory_iterator at(directory, gone), end; !gone && at != end;
         at.increment(gone)) {
        names.push_back(at->path().filename().string());
    }
    return names;
}

std::optional<std::string> field(const std::string& status_path, const std::string& key) {
    std::istringstream lines(read_file(status_path));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(key + ":")) {
            const auto start = line.find_first_not_of(" \t", key.size() + 1);
            return start == std::string::npos ? std::string() : line.substr(start);
        }
    }
    return std::nullopt;
}

// The inodes of all TCP sockets of this machine that do not listen.
std::set<std::string> connected_inodes() {
    constexpr std::string_view kListening = "0A";
    std::set<std::string> inodes;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::istringstream lines(read_file(table));
        std::string line;
        std::getline(lines, line);  // the column names
        while (std::getline(lines, line)) {
            std::istringstream words(line);
            std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
            words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
                timeout >> inode;
            if (state != kListening) {
                inodes.insert("socket:[" + inode + "]");
            }
        }
    }
    return inodes;
}

}  // namespace

bool is_running(pid_t pid) {
    const auto state = status_field(pid, "State");
    return state && !state->starts_with("Z") && !state->starts_with("X");
}

std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> pids;
    for (const std::string& task : entries_of(directory(pid) + "/task")) {
        std::istringstream words(read_file(directory(pid) + "/task/" + task + "/children"));
        for (pid_t child = 0; words >> child;) {
            pids.push_back(child);
        }
    }
    return pids;
}

std::vector<pid_t> descendants_of(pid_t pid) {
    std::vector<pid_t> all = children_of(pid);
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const pid_t child : children_of(all[i])) {
            all.push_back(child);
        }
    }
    return all;
}

std::optional<std::string> status_field(pid_t pid, const std::string& key) {
    return field(directory(pid) + "/status", key);
}

std::vector<std::string> status_field_of_threads(pid_t pid, const std::string& key) {
    std::vector<std::string> values;
    for (const std::string& task : entries_of(directory(pid) + "/task")) {
        if (auto value = field(directory(pid) + "/task/" + task + "/status", key)) {
            values.push_back(*std::move(value));
        }
    }
    return values;
}

std::string command_line(pid_t pid) {
    std::string words = read_file(directory(pid) + "/cmdline");
    for (char& c : words) {
        c = c == '\0' ? ' ' : c;
    }
    return words;
}

std::vector<std::string> descriptors(pid_t pid) {
    std::vector<std::string> targets;
    const std::string fds = directory(pid) + "/fd";
    for (const std::string& name : entries_of(fds)) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(std::filesystem::path(fds) / name, gone);
        if (!gone) {
            targets.push_back(target.string());
        }
    }
    return targets;
}

std::size_t tcp_connection_count(pid_t pid) {
    const std::set<std::string> connected = connected_inodes();
    std::size_t count = 0;
    for (const std::string& target : descriptors(pid)) {
        count += connected.contains(target) ? 1U : 0U;
    }
    return count;
}

std::size_t resident_memory(const std::vector<pid_t>& pids) {
    std::size_t sum = 0;
    for (const pid_t pid : pids) {
        sum += std::stoul(status_field(pid, "VmRSS").value_or("0")) * kKibibyte;
    }
    return sum;
}

std::size_t peak_memory(pid_t pid) {
    return std::stoul(status_field(pid, "VmHWM").value_or("0")) * kKibibyte;
}

void reset_peak_memory(pid_t pid) { write_file(directory(pid) + "/clear_refs", "5"); }

void allow_descriptors(std::size_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, count));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace test::proc
