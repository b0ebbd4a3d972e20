#include "tests/support/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "core/base/check.h"
#include "tests/support/deadline.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

#ifndef HOOPSNAKE_BINARY
#define HOOPSNAKE_BINARY ""
#endif

extern char** environ;

namespace test {
namespace {

constexpr int kReadyFd = 3;

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (const std::string& word : words) {
        pointers.push_back(const_cast<char*>(word.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> words;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string word(*each);
        if (!added.contains(word.substr(0, word.find('=')))) {
            words.push_back(word);
        }
    }
    for (const auto& [name, value] : added) {
        words.push_back(fmt::format("{}={}", name, value));
    }
    return words;
}

// Both sides of a new terminal, for ServerOptions::is_on_terminal.
struct Terminal {
    base::Fd master;
    std::string name;  // of the side that programs see; "" where there is none
};

Terminal open_terminal(bool is_wanted) {
    if (!is_wanted) {
        return {};
    }
    Terminal terminal{base::Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), ""};
    std::array<char, 64> name{};
    CHECK(terminal.master.is_open() && ::grantpt(terminal.master.get()) == 0);
    CHECK(::unlockpt(terminal.master.get()) == 0);
    CHECK(::ptsname_r(terminal.master.get(), name.data(), name.size()) == 0);
    terminal.name = name.data();
    return terminal;
}

// fork and exec; between the two only calls that are safe there. `ready` becomes descriptor 3 when
// it is open.
pid_t launch(
    const std::vector<std::string>& arguments,
    const ServerOptions& options,
    const std::string& out_path,
    const std::string& err_path,
    const base::Fd& ready,
    const std::string& terminal = ""
) {
    std::vector<std::string> words = options.wrapper;
    words.push_back(program_path());
    words.insert(words.end(), arguments.begin(), arguments.end());
    const std::vector<char*> argv = pointers_to(words);
    const std::vector<std::string> variables = environment_with(options.environment);
    const std::vector<char*> envp = pointers_to(variables);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    const base::Fd out(::open(out_path.c_str(), kFlags, 0644));
    const base::Fd err(::open(err_path.c_str(), kFlags, 0644));
    const base::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const pid_t pid = ::fork();
    CHECK(pid >= 0);
    if (pid > 0) {
        return pid;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed takes its server along
    ::dup2(nothing.get(), STDIN_FILENO);
    if (!terminal.empty()) {
        ::setsid();
        const int mine =
            ::open(terminal.c_str(), O_RDWR);  // a session's first is its controlling one
        ::dup2(mine, STDIN_FILENO);
    }
    ::dup2(out.get(), STDOUT_FILENO);
    ::dup2(err.get(), STDERR_FILENO);
    if (ready.get() == kReadyFd) {
        ::fcntl(kReadyFd, F_SETFD, 0);
    } else if (ready.is_open()) {
        ::dup2(ready.get(), kReadyFd);
    }
    if (options.descriptor_limit > 0) {
        const rlimit limit{options.descriptor_limit, options.descriptor_limit};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    for (const auto& [what, most] : options.limits) {
        const rlimit limit{most, most};
        ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
    }
    if (options.missing_capability) {
        ::prctl(PR_CAPBSET_DROP, *options.missing_capability);
    }
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) {
        ::_exit(126);
    }
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
}

int exit_code_of(int wait_status) { return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1; }

}  // namespace

std::string program_path() {
    const char* chosen = std::getenv("HOOPSNAKE_BINARY");
    return chosen != nullptr ? chosen : HOOPSNAKE_BINARY;
}

Server::Server(
    std::vector<std::string> arguments,
    const std::string& directory,
    std::size_t listener_count,
    const ServerOptions& options
)
    : out_path_(directory + "/stdout.log"), err_path_(directory + "/stderr.log") {
    std::array<int, 2> ends{};
    CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const base::Fd reader(ends[0]);
    base::Fd writer(ends[1]);
    arguments.push_back("--ready-fd");
    arguments.push_back(std::to_string(kReadyFd));
    Terminal terminal = open_terminal(options.is_on_terminal);
    pid_ = launch(arguments, options, out_path_, err_path_, writer, terminal.name);
    terminal_ = std::move(terminal.master);
    writer.reset();
    if (!read_addresses(reader.get(), listener_count)) {
        ADD_FAILURE() << "the server does not serve:\n"
                      << standard_error() << read_file(directory + "/error.log");
        addresses_.resize(std::max<std::size_t>(listener_count, 1), "127.0.0.1:1");
    }
    descriptors_at_start_ = proc::descriptors(pid_).size();
}

// One line per listener; the list ends with as many lines as expected, or when the program closes
// the pipe.
bool Server::read_addresses(int ready_fd, std::size_t listener_count) {
    const Deadline deadline;
    std::string text;
    while (count_of(text, "\n") < listener_count) {
        pollfd waiting{ready_fd, POLLIN, 0};
        std::array<char, 1024> block{};
        if (::poll(&waiting, 1, deadline.milliseconds_left()) <= 0) {
            return false;
        }
        const ssize_t count = ::read(ready_fd, block.data(), block.size());
        if (count <= 0) {
            return false;
        }
        text.append(block.data(), static_cast<std::size_t>(count));
    }
    for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos;
         start = end + 1) {
        addresses_.push_back(text.substr(start, end - start));
    }
    return true;
}

Server::~Server() {
    if (pid_ <= 0 || has_exited()) {
        return;
    }
    for (const pid_t worker : proc::descendants_of(pid_)) {
        ::kill(worker, SIGKILL);
    }
    ::kill(pid_, SIGKILL);
    wait_for_exit();
}

Outcome Server::run(
    const std::vector<std::string>& arguments,
    const std::string& directory,
    const ServerOptions& options
) {
    const std::string out_path = directory + "/run.out";
    const std::string err_path = directory + "/run.err";
    write_file(out_path, "");
    write_file(err_path, "");
    const pid_t pid = launch(arguments, options, out_path, err_path, base::Fd());
    int wait_status = 0;
    Outcome outcome;
    if (eventually([&] { return ::waitpid(pid, &wait_status, WNOHANG) == pid; })) {
        outcome.exit_code = exit_code_of(wait_status);
    } else {
        ADD_FAILURE() << "the program does not end";
        ::kill(pid, SIGKILL);
        ::waitpid(pid, &wait_status, 0);
    }
    outcome.out = read_file(out_path);
    outcome.err = read_file(err_path);
    return outcome;
}

std::string Server::port(std::size_t index) const {
    return address(index).substr(address(index).rfind(':') + 1);
}

Response Server::get(std::string_view target, std::string_view fields) const {
    Client client = connect();
    client.get(target, fields);
    return client.read_response();
}

std::vector<pid_t> Server::workers() const { return proc::descendants_of(pid_); }
std::string Server::standard_output() const { return read_file(out_path_); }
std::string Server::standard_error() const { return read_file(err_path_); }

bool Server::has_leaked_descriptors() const {
    return !eventually(
        [&] { return proc::descriptors(pid_).size() <= descriptors_at_start_; }, kPatience / 4
    );
}

void Server::press(char key) const { CHECK(::write(terminal_.get(), &key, 1) == 1); }

void Server::signal(int number) const { ::kill(pid_, number); }

bool Server::has_exited() {
    int wait_status = 0;
    if (!exit_code_ && ::waitpid(pid_, &wait_status, WNOHANG) == pid_) {
        exit_code_ = exit_code_of(wait_status);
    }
    return exit_code_.has_value();
}

int Server::wait_for_exit() {
    eventually([&] { return has_exited(); });
    return exit_code_.value_or(-1);
}

void Server::stop() {
    if (!has_exited()) {
        signal(SIGTERM);
    }
    EXPECT_EQ(wait_for_exit(), 0) << "SIGTERM is answered by a clean end\n" << standard_error();
}

}  // namespace test
