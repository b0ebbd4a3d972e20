#include "ipc/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/system/forked_child.h"

namespace ipc {
namespace {

struct {
    char* begin = nullptr;
    std::size_t size = 0;
    std::string name;
} title_area;

// One by one, where close_range(2) is refused: Linux before 5.9, and containers whose filter of
// system calls does not know it.
void close_each(unsigned first, unsigned last) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    DIR* const listing = ::opendir("/proc/self/fd");
    if (listing == nullptr) {
        for (rlim_t fd = first; fd <= std::min<rlim_t>(last, limit.rlim_cur); ++fd) {
            ::close(static_cast<int>(fd));
        }
        return;
    }
    std::vector<int> found;
    while (const dirent* const entry = ::readdir(listing)) {
        const long number = std::strtol(&entry->d_name[0], nullptr, 10);
        if (entry->d_name[0] != '.' && number >= static_cast<long>(first) &&
            number <= static_cast<long>(last) && number != ::dirfd(listing)) {
            found.push_back(static_cast<int>(number));
        }
    }
    ::closedir(listing);
    for (const int fd : found) {
        ::close(fd);
    }
}

void close_from_to(unsigned first, unsigned last) {
    if (::close_range(first, last, 0) != 0) {
        close_each(first, last);
    }
}

void close_all_but(std::vector<int> kept) {
    kept.insert(kept.end(), {0, 1, 2});
    std::ranges::sort(kept);
    unsigned next = 0;
    for (const int fd : kept) {
        const auto keep = static_cast<unsigned>(fd);
        if (keep > next) {
            close_from_to(next, keep - 1);
        }
        next = std::max(next, keep + 1);
    }
    close_from_to(next, ~0U);
}

// What has come so far was for the parent, or for its group; being ignored takes it away. What
// could end the new process stays ignored until it has said how it takes signals; programs that it
// executes inherit that.
void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_IGN);
    }
    for (const int number :
         {SIGSEGV,
          SIGBUS,
          SIGFPE,
          SIGILL,
          SIGTRAP,
          SIGSYS,
          SIGABRT,
          SIGCHLD,
          SIGCONT,
          SIGTSTP,
          SIGTTIN,
          SIGTTOU,
          SIGURG,
          SIGWINCH}) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void die_with_parent(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(1);  // it died before we asked
    }
}

base::Result<pid_t> spawn(const std::vector<int>& kept, const std::function<int()>& body) {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return base::fail_errno(
            "cannot fork; the limit may be RLIMIT_NPROC, ulimit -u, or TasksMax=", errno
        );
    }
    if (pid == 0) {
        // Of a session of its own: what a terminal, timeout(1) or kill(1) sends to the parent's
        // group is for the parent alone; and nothing here can type into the terminal of whoever has
        // started the server (TIOCSTI).
        ::setsid();
        reset_signals();
        close_all_but(kept);
        base::forget_closed_descriptors();
        die_with_parent(parent);
        const int code = body();
        // Not exit(): static destructors belong to the supervisor. Python has been finalised by its
        // owner.
        std::fflush(nullptr);
        ::_exit(code);
    }
    return pid;
}

base::Error exec_daemon(
    const std::string& program,
    const std::string& title,
    const std::vector<std::string>& environment,
    int channel
) {
    std::string name = title;
    std::string option = "--daemon-channel=" + std::to_string(channel);
    char* arguments[] = {name.data(), option.data(), nullptr};
    std::vector<char*> variables;
    variables.reserve(environment.size() + 1);
    for (const std::string& variable : environment) {
        variables.push_back(const_cast<char*>(variable.c_str()));  // the kernel only reads it
    }
    variables.push_back(nullptr);
    ::fcntl(channel, F_SETFD, 0);  // the one descriptor that goes along
    ::execve(program.c_str(), arguments, variables.data());
    ::fcntl(channel, F_SETFD, FD_CLOEXEC);
    return base::Error{
        base::Fault::kSystem, "cannot run " + program + ": " + std::string(std::strerror(errno))};
}

void remember_arguments(int argc, char** argv) {
    title_area.name = argv[0];
    // One that was started as /proc/self/exe is called "exe".
    ::prctl(PR_SET_NAME, title_area.name.substr(title_area.name.rfind('/') + 1).c_str());
    title_area.begin = argv[0];
    title_area.size =
        static_cast<std::size_t>(argv[argc - 1] + std::strlen(argv[argc - 1]) - argv[0]);
}

std::string program_name() { return title_area.name; }

void set_process_title(const std::string& title) {
    if (title_area.begin == nullptr) {
        return;
    }
    const std::size_t size = std::min(title.size(), title_area.size);
    std::memset(title_area.begin, 0, title_area.size);
    std::memcpy(title_area.begin, title.data(), size);
    ::prctl(PR_SET_NAME, title.c_str());
}

}  // namespace ipc
