// The kernel counts the descriptors that have been sent and not yet received by user. A group that
// has used up what its user may have takes nothing from another of the same user but those answers
// that are files.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class DescriptorsUnderWay : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become somebody else";
        }
    }
};

TEST_F(DescriptorsUnderWay, OfOneGroupStopNoLinkOfAnother) {
    expect_log("a file cannot be handed to the server process");
    expect_log("a daemon process could not hand over the file that it answers with");
    copy_app("wraps_file.py");
    copy_app("hello.py");
    copy_app("hostile/fills_descriptors_under_way.py", "fills.py");
    write_file(tmp() / "file.bin", "content of the file");
    // A user of its own: other tests have descriptors under way, too.
    const Server& server = start(
        "StartServers 1\nServerThreads 1\n"
        "WSGIDaemonProcess greedy processes=1 user=#61234 group=#61234\n"
        "WSGIDaemonProcess other processes=1 user=#61234 group=#61234\n"
        "WSGIScriptAlias /fill ${tmp}/fills.py process-group=greedy\n"
        "WSGIScriptAlias /file ${tmp}/wraps_file.py process-group=other\n"
        "WSGIScriptAlias / ${tmp}/hello.py process-group=other\n"
    );
    const std::string file = "/file?path=" + (tmp() / "file.bin");
    EXPECT_EQ(server.get(file).body, "content of the file");
    EXPECT_EQ(server.get("/fill").body, "full");
    EXPECT_EQ(server.get(file).status, 503);
    EXPECT_EQ(server.get("/").status, 200) << "the same link";
    EXPECT_EQ(server.get(file).status, 503);
    EXPECT_EQ(server.get("/fill?let-go").body, "none");
    EXPECT_EQ(server.get(file).body, "content of the file");
}

}  // namespace
}  // namespace test
