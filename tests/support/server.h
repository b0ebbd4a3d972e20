// Server: the real program, started by a test and stopped with it. Its log files and /proc are the
// test's eyes. One thread. Lives as long as its fixture, which owns it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "tests/support/client.h"

namespace test {

struct ServerOptions {
    std::map<std::string, std::string> environment;  // added to the test's own
    std::string directory;                           // working directory; "" is the test's
    std::size_t descriptor_limit = 0;                // RLIMIT_NOFILE; 0 leaves it
    std::optional<int> missing_capability;           // CAP_SETUID: root without it
    std::vector<std::string> wrapper;                // words before the program: "timeout", "60"
    bool is_on_terminal = false;                     // a terminal of its own, see press()
    std::map<int, std::size_t> limits;               // RLIMIT_FSIZE → 0
};

// What a program that ended by itself has left.
struct Outcome {
    int exit_code = -1;  // -1: it did not end in time, or a signal ended it
    std::string out;
    std::string err;
};

// The program under test: $HOOPSNAKE_BINARY, else the one of this build.
std::string program_path();

class Server {
public:
    // Starts the program with `arguments` and --ready-fd. `directory` gets its standard output and
    // error. Returns when it serves all `listener_count` addresses; if it does not, the test fails
    // and shows why.
    Server(
        std::vector<std::string> arguments,
        const std::string& directory,
        std::size_t listener_count,
        const ServerOptions& options
    );
    ~Server();  // ends whatever is left, by force
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Runs the program to its end.
    static Outcome run(
        const std::vector<std::string>& arguments,
        const std::string& directory,
        const ServerOptions& options = {}
    );

    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
    [[nodiscard]] const std::string& address(std::size_t index = 0) const {
        return addresses_.at(index);
    }
    [[nodiscard]] std::string port(std::size_t index = 0) const;
    [[nodiscard]] Client connect(ClientOptions options = {}) const {
        return Client(address(), options);
    }
    // One GET on a connection of its own.
    [[nodiscard]] Response get(std::string_view target, std::string_view fields = "") const;

    [[nodiscard]] pid_t pid() const { return pid_; }  // the supervisor's
    // All processes that serve: every descendant of the supervisor.
    [[nodiscard]] std::vector<pid_t> workers() const;
    [[nodiscard]] std::string standard_output() const;
    [[nodiscard]] std::string standard_error() const;

    // The supervisor had more descriptors than when it began to serve, and they do not go away.
    [[nodiscard]] bool has_leaked_descriptors() const;

    void signal(int number) const;
    // Types a control character, such as '\x03' for Ctrl-C, on the terminal.
    void press(char key) const;
    // Waits for the end of the supervisor; its exit code, or -1 for a signal or when patience
    // ended.
    int wait_for_exit();
    [[nodiscard]] bool has_exited();
    // SIGTERM, and exit 0 in bounded time.
    void stop();

private:
    bool read_addresses(int ready_fd, std::size_t listener_count);

    base::Fd terminal_;  // its master side
    std::string out_path_;
    std::string err_path_;
    pid_t pid_ = -1;
    std::optional<int> exit_code_;
    std::vector<std::string> addresses_;
    std::size_t descriptors_at_start_ = 0;
};

}  // namespace test
