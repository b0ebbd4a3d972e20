// E2e: the fixture of every end-to-end test. It starts servers from inline configurations, and
// after each test it looks for what no test would think of: log lines nobody expected, sanitizer
// reports, connections and descriptors left open, processes left behind.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/client.h"
#include "tests/support/server.h"
#include "tests/support/temp_dir.h"

namespace test {

class E2e : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    // Starts the program on `config`, in which ${apps} and ${tmp} are replaced. Listen (a free port
    // of 127.0.0.1), ServerName, ErrorLog ${tmp}/error.log, LogLevel info, and for root User root,
    // stand before it unless it has its own.
    Server& start(const std::string& config, const ServerOptions& options = {});
    // `hoopsnake serve …`, one listener.
    Server& serve(std::vector<std::string> arguments, const ServerOptions& options = {});
    // Runs the program on this configuration (substituted, written to ${tmp}/site.conf; for root
    // User root stands behind it unless it has its own) and expects it to give up before it serves.
    Outcome start_expecting_error(const std::string& config);
    // Runs the program to its end with these arguments (substituted).
    Outcome run(std::vector<std::string> arguments, const ServerOptions& options = {});

    // What a configuration without User needs where tests are run by root.
    [[nodiscard]] static std::string as_root_if_root(const std::string& config);
    [[nodiscard]] std::string substitute(std::string text) const;
    [[nodiscard]] std::string apps() const;
    [[nodiscard]] const TempDir& tmp() const { return tmp_; }
    // A copy of an application in ${tmp}, for tests that change it or whose users cannot read the
    // source tree.
    std::string copy_app(const std::string& name, const std::string& new_name = "");

    // Everything that was logged so far: ${tmp}/*.log and standard error.
    [[nodiscard]] std::string log() const;
    // A line that matches will be there when the test ends, and such lines surprise nobody.
    void expect_log(const std::string& expression);
    // The same, and the lines of Python's traceback around it are no surprise either.
    void expect_traceback(const std::string& expression);
    // Lines that match surprise nobody, and may be absent.
    void allow_log(const std::string& expression);
    // Tracebacks surprise nobody, whatever they say at their end.
    void allow_tracebacks();
    // Waits until a line matches; such lines surprise nobody.
    void wait_for_log(const std::string& expression);

    // Put before every configuration, behind the defaults.
    std::string prelude_;
    // Given to every server.
    std::map<std::string, std::string> environment_;

private:
    [[nodiscard]] std::string complete(const std::string& config) const;
    void check_connections(const Server& server) const;
    void check_descriptors(const Server& server) const;
    void check_log() const;
    static void check_orphans();

    TempDir tmp_;
    std::vector<std::unique_ptr<Server>> servers_;
    std::vector<std::string> expected_;
    std::vector<std::string> allowed_;
};

// Where the applications of a test run, and what its loops are made of.
struct Lane {
    bool is_daemon = false;
    std::string io;  // HOOPSNAKE_IO; "" lets the program choose
};
void PrintTo(const Lane& lane, std::ostream* out);  // for GoogleTest

// A fixture for tests that run in several lanes. The mounts of its configurations go to embedded
// mode or to the daemon group "app", as the lane says.
class OnLane : public E2e, public testing::WithParamInterface<Lane> {
protected:
    void SetUp() override;
    [[nodiscard]] static bool is_daemon() { return GetParam().is_daemon; }
    // WSGIDaemonProcess options of the group, where there is one; call it before start(). Default:
    // "threads=4".
    void in_daemon(const std::string& options);
};

std::vector<Lane> both_modes();  // embedded, daemon
// Each of them on io_uring and on epoll; under a sanitizer, each mode and each back-end once.
std::vector<Lane> both_rings();
std::string name_of(const testing::TestParamInfo<Lane>& lane);

}  // namespace test

// The suite's tests run in embedded and in daemon mode.
#define IN_BOTH_MODES(suite)              \
    class suite : public test::OnLane {}; \
    INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(test::both_modes()), test::name_of)

// The suite's tests run in both modes on both back-ends of the loop: for what touches the loop.
#define ON_BOTH_RINGS(suite)              \
    class suite : public test::OnLane {}; \
    INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(test::both_rings()), test::name_of)
