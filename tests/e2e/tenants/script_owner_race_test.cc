// script-user: the process that opens a script looks at what it has opened, not at a name that
// means another file a moment later.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kStranger = 64999;
constexpr int kScripts = 150;

std::string says(const std::string& word) {
    return "def application(environ, start_response):\n"
           "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
           "    return [b'" +
           word + "']\n";
}

class ScriptOwnerRace : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can give files away";
        }
        for (const char* const word : {"own", "foreign"}) {
            fs::create_directory(tmp() / word);
            ::chmod((tmp() / word).c_str(), 0755);
            for (int i = 0; i < kScripts; ++i) {
                const std::string path = fmt::format("{}/{}/s{}.py", tmp().path(), word, i);
                write_file(path, says(word));
                ::chmod(path.c_str(), 0644);
                if (std::string_view(word) == "foreign") {
                    ASSERT_EQ(::chown(path.c_str(), kStranger, kStranger), 0);
                }
            }
        }
        ASSERT_EQ(::chown((tmp() / "foreign").c_str(), kStranger, kStranger), 0);
        lead_to("own");
    }
    // ${tmp}/current is a link, and never missing.
    void lead_to(const char* word) const {
        const std::string fresh = tmp() / "fresh";
        fs::create_symlink(tmp() / word, fresh);
        ASSERT_EQ(std::rename(fresh.c_str(), (tmp() / "current").c_str()), 0);
    }
    Server& start_owned() {
        allow_log("script-user=");
        allow_log("s\\d+\\.py");
        allow_tracebacks();
        return start(
            "WSGIDaemonProcess app script-user=root\nWSGIProcessGroup app\n"
            "WSGIApplicationGroup %{GLOBAL}\nWSGIScriptAlias / ${tmp}/current/\n"
        );
    }
};

// Every script is new to the process, and the link to its directory changes all the time: nothing
// of the other tenant's is ever run.
TEST_F(ScriptOwnerRace, IsNeverWonByWhoExchangesALink) {
    const Server& server = start_owned();
    std::atomic<bool> is_over{false};
    std::thread exchanger([&] {
        for (int i = 0; !is_over; ++i) {
            lead_to(i % 2 == 0 ? "foreign" : "own");
        }
    });
    int served = 0;
    int foreign = 0;
    for (int i = 0; i < kScripts; ++i) {
        const Response response = server.get(fmt::format("/s{}.py", i));
        served += response.status == 200 ? 1 : 0;
        foreign += response.body == "foreign" ? 1 : 0;
    }
    is_over = true;
    exchanger.join();
    EXPECT_EQ(foreign, 0);
    EXPECT_GT(served, 0) << "the owner's own are run";
}

TEST_F(ScriptOwnerRace, IsAlsoOfWhatALinkLeadsTo) {
    const Server& server = start_owned();
    EXPECT_EQ(server.get("/s0.py").body, "own");
    fs::remove(tmp() / "own/s1.py");
    fs::create_symlink(tmp() / "foreign/s1.py", tmp() / "own/s1.py");
    EXPECT_EQ(server.get("/s1.py").status, 403);
    expect_log("script-user=root: .*/s1\\.py belongs to user 64999");
}

// The configuration itself says that an import script runs there; a request for the same file is
// another matter.
TEST_F(ScriptOwnerRace, IsNotOfImportScripts) {
    write_file(
        tmp() / "own/import.py", "open('" + tmp().path() + "/imported', 'w').close()\n" + says("i")
    );
    ASSERT_EQ(::chown((tmp() / "own/import.py").c_str(), kStranger, kStranger), 0);
    allow_log("script-user=");
    const Server& server = start(
        "WSGIDaemonProcess app script-user=root\n"
        "WSGIImportScript ${tmp}/own/import.py process-group=app application-group=%{GLOBAL}\n"
        "WSGIScriptAlias / ${tmp}/own/import.py process-group=app application-group=%{GLOBAL}\n"
    );
    EXPECT_EQ(server.get("/").status, 403);
    EXPECT_TRUE(fs::exists(tmp() / "imported"));
}

}  // namespace
}  // namespace test
