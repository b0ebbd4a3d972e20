#include "tests/support/e2e.h"

#include <fmt/format.h>
#include <linux/io_uring.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <utility>

#include "core/base/check.h"
#include "core/base/text/regex.h"
#include "tests/support/deadline.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::string_view kSurprise =
    R"(\[[a-z_0-9]+:(error|crit|alert|emerg)\]|Sanitizer|runtime error: |CHECK)"
    R"(|terminate called|Fatal Python error)";

// The lines of a Python traceback, and the sentence of the log that introduces one.
constexpr std::array<const char*, 3> kTracebackLines = {
    R"(Traceback \(most recent call last\):)",
    R"(\] (\[[^\]]*\] )*\s+\S)",
    R"([Ee]xception|raised|failed)"};

bool has_directive(const std::string& config, const std::string& name) {
    return any_line_matches(config, "^" + name + " ");
}

bool kernel_has_io_uring() {
    io_uring_params params{};
    const auto fd = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &params));
    if (fd >= 0) {
        ::close(fd);
    }
    return fd >= 0;
}

}  // namespace

void E2e::SetUp() {
    // Processes that outlive their supervisor become our children, where check_orphans() finds
    // them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void E2e::TearDown() {
    for (const auto& server : servers_) {
        if (!server->has_exited()) {
            check_connections(*server);
            check_descriptors(*server);
            server->stop();
        }
    }
    check_orphans();
    check_log();
}

std::string E2e::apps() const { return HOOPSNAKE_SOURCE_DIR "/tests/apps"; }

std::string E2e::substitute(std::string text) const {
    return replace_all(replace_all(std::move(text), "${apps}", apps()), "${tmp}", tmp_.path());
}

std::string E2e::as_root_if_root(const std::string& config) {
    return ::geteuid() == 0 && !has_directive(config, "User") ? "User root\nAllowRoot On\n" : "";
}

std::string E2e::complete(const std::string& config) const {
    std::string whole;
    for (const char* line :
         {"Listen 127.0.0.1:0",
          "ServerName localhost",
          "ErrorLog ${tmp}/error.log",
          "LogLevel info"}) {
        const std::string text(line);
        if (!has_directive(config, text.substr(0, text.find(' ')))) {
            whole += text + "\n";
        }
    }
    return substitute(whole + prelude_ + as_root_if_root(config) + config);
}

Server& E2e::start(const std::string& config, const ServerOptions& options) {
    const std::string whole = complete(config);
    const std::string path = tmp_ / fmt::format("site-{}.conf", servers_.size());
    write_file(path, whole);
    std::size_t listeners = 0;
    std::istringstream lines(whole);
    for (std::string line; std::getline(lines, line);) {
        listeners += line.starts_with("Listen ") ? 1U : 0U;
    }
    ServerOptions completed = options;
    completed.environment.insert(environment_.begin(), environment_.end());
    servers_.push_back(std::make_unique<Server>(
        std::vector<std::string>{"-f", path}, tmp_.path(), listeners, completed
    ));
    return *servers_.back();
}

Server& E2e::serve(std::vector<std::string> arguments, const ServerOptions& options) {
    for (std::string& argument : arguments) {
        argument = substitute(argument);
    }
    servers_.push_back(std::make_unique<Server>(std::move(arguments), tmp_.path(), 1, options));
    return *servers_.back();
}

Outcome E2e::start_expecting_error(const std::string& config) {
    const std::string path = tmp_ / "site.conf";
    write_file(path, substitute(config + as_root_if_root(config)));
    Outcome outcome = Server::run({"-f", path}, tmp_.path());
    EXPECT_GT(outcome.exit_code, 0) << outcome.err;
    return outcome;
}

Outcome E2e::run(std::vector<std::string> arguments, const ServerOptions& options) {
    for (std::string& argument : arguments) {
        argument = substitute(argument);
    }
    return Server::run(arguments, tmp_.path(), options);
}

std::string E2e::copy_app(const std::string& name, const std::string& new_name) {
    const std::string path = tmp_ / (new_name.empty() ? name : new_name);
    write_file(path, read_file(apps() + "/" + name));
    return path;
}

std::string E2e::log() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(tmp_.path())) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".log") && name.find("access") == std::string::npos) {
            all += read_file(entry.path().string());
        }
    }
    return all;
}

void E2e::expect_log(const std::string& expression) {
    expected_.push_back(expression);
    allow_log(expression);
}

void E2e::expect_traceback(const std::string& expression) {
    expect_log(expression);
    allow_tracebacks();
}

void E2e::allow_tracebacks() {
    for (const char* line : kTracebackLines) {
        allow_log(line);
    }
}

void E2e::allow_log(const std::string& expression) { allowed_.push_back(expression); }

void E2e::wait_for_log(const std::string& expression) {
    allow_log(expression);
    EXPECT_TRUE(eventually([&] { return any_line_matches(log(), expression); }))
        << "no line matches " << expression << " in:\n"
        << log();
}

// Every client of the test is gone by now, so no process may hold a connection for longer than it
// takes to notice.
void E2e::check_connections(const Server& server) const {
    std::string holders;
    const bool all_closed = eventually(
        [&] {
            holders.clear();
            for (const pid_t pid : server.workers()) {
                if (const auto count = proc::tcp_connection_count(pid); count > 0) {
                    holders +=
                        fmt::format(" {} in process {} ({})", count, pid, proc::command_line(pid));
                }
            }
            return holders.empty();
        },
        kPatience / 4
    );
    EXPECT_TRUE(all_closed) << "connections left open:" << holders;
}

void E2e::check_descriptors(const Server& server) const {
    EXPECT_FALSE(server.has_leaked_descriptors())
        << "the supervisor has more descriptors than at its start";
    // What has been sent is closed by a thread that nobody waits for.
    std::string held;
    const auto holds_none = [&] {
        held.clear();
        for (const pid_t pid : server.workers()) {
            for (const std::string& target : proc::descriptors(pid)) {
                // A RewriteMap of SDBM stays open.
                const bool is_map = target.ends_with(".dir") || target.ends_with(".pag");
                if (target.starts_with(tmp_.path() + "/") && !target.ends_with(".log") && !is_map) {
                    held += " " + target + " by " + std::to_string(pid);
                }
            }
        }
        return held.empty();
    };
    EXPECT_TRUE(eventually(holds_none, kPatience / 4)) << "files that stay open:" << held;
}

void E2e::check_orphans() {
    std::string names;
    const bool all_gone = eventually(
        [&] {
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
            names.clear();
            for (const pid_t pid : proc::descendants_of(::getpid())) {
                names += fmt::format(" {} ({})", pid, proc::command_line(pid));
            }
            return names.empty();
        },
        kPatience / 4
    );
    EXPECT_TRUE(all_gone) << "processes left behind:" << names;
    for (const pid_t pid : proc::descendants_of(::getpid())) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
}

void E2e::check_log() const {
    const std::string text = log();
    for (const std::string& expression : expected_) {
        EXPECT_TRUE(any_line_matches(text, expression))
            << "no line matches " << expression << " in:\n"
            << text;
    }
    const auto compiled = [](std::string_view expression) {
        auto regex = base::Regex::compile(expression);
        CHECK(regex);
        return *std::move(regex);
    };
    std::vector<base::Regex> allowed;
    std::ranges::transform(allowed_, std::back_inserter(allowed), compiled);
    const base::Regex surprise = compiled(kSurprise);
    std::string surprises;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool is_allowed = std::ranges::any_of(allowed, [&](const base::Regex& expression) {
            return expression.matches(line);
        });
        if (!is_allowed && surprise.matches(line)) {
            surprises += line + "\n";
        }
    }
    EXPECT_EQ(surprises, "") << "lines in the log that nobody expected";
}

void OnLane::SetUp() {
    E2e::SetUp();
    const Lane& lane = GetParam();
    if (lane.io == "io_uring" && !kernel_has_io_uring()) {
        GTEST_SKIP() << "this kernel or its seccomp profile refuses io_uring";
    }
    if (!lane.io.empty()) {
        environment_["HOOPSNAKE_IO"] = lane.io;
    }
    in_daemon("threads=4");
}

void OnLane::in_daemon(const std::string& options) {
    prelude_ = is_daemon() ? "WSGIDaemonProcess app " + options + "\nWSGIProcessGroup app\n"
                           : "WSGIProcessGroup %{GLOBAL}\n";
}

void PrintTo(const Lane& lane, std::ostream* out) {
    *out << (lane.is_daemon ? "daemon" : "embedded") << (lane.io.empty() ? "" : " on ") << lane.io;
}

std::vector<Lane> both_modes() { return {{false, ""}, {true, ""}}; }

std::vector<Lane> both_rings() {
    return {{false, "io_uring"}, {false, "epoll"}, {true, "io_uring"}, {true, "epoll"}};
}

std::string name_of(const testing::TestParamInfo<Lane>& lane) {
    const std::string mode = lane.param.is_daemon ? "daemon" : "embedded";
    return lane.param.io.empty() ? mode : mode + "_" + lane.param.io;
}

}  // namespace test
