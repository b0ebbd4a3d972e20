// wsgi.file_wrapper: a real file goes out whole, in part, and to slow readers, and is closed
// however it ends (specification, section 5.7 and cases 123 to 125).
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class FileWrapper : public OnLane {
protected:
    Server& server() {
        if (server_ == nullptr) {
            server_ = &start("WSGIScriptAlias /file ${apps}/wraps_file.py\n");
        }
        return *server_;
    }
    // The target that sends a new file of `size` bytes, which are content_.
    std::string file(std::size_t size) {
        content_ = repeat("0123456789", size / 10);
        write_file(tmp() / "file.bin", content_);
        return "/file?path=" + (tmp() / "file.bin");
    }
    std::string content_;

private:
    Server* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, FileWrapper, testing::ValuesIn(both_rings()), name_of);

// Case 123.
TEST_P(FileWrapper, SendsAFileWithItsLength) {
    const std::string target = file(50000);
    Client client = server().connect();
    client.get(target);
    Response response = client.read_response();
    EXPECT_EQ(response.header("Content-Length"), "50000");
    EXPECT_TRUE(response.body == content_);
    client.get(target + "&seek=101");
    response = client.read_response();
    EXPECT_EQ(response.header("Content-Length"), "49899");
    EXPECT_TRUE(response.body == content_.substr(101));
    client.get(target + "&length=10");
    EXPECT_EQ(client.read_response().body, "0123456789");
    client.get(target + "&length=0");
    EXPECT_EQ(client.read_response().body, "");
}

TEST_P(FileWrapper, SendsALargeFileToASlowReader) {
    const std::string target = file(20000000);
    Client client = server().connect({.receive_buffer = 4096});
    client.get(target);
    EXPECT_EQ(client.read_head().status, 200);
    std::size_t at = 0;
    bool is_same = true;
    client.drain_body([&](std::string_view piece) {
        is_same = is_same && std::string_view(content_).substr(at, piece.size()) == piece;
        at += piece.size();
    });
    EXPECT_TRUE(is_same);
    EXPECT_EQ(at, content_.size());
}

// Case 124: too large a length breaks the connection at once, and nothing else.
TEST_P(FileWrapper, WithMoreAnnouncedThanThereIsBreaksTheConnection) {
    const std::string target = file(50000);
    Client client = server().connect();
    client.get(target + "&length=60000");
    const Response response = client.read_response();
    EXPECT_FALSE(response.is_complete);
    EXPECT_LE(response.body.size(), 50000U);
    EXPECT_EQ(server().get(target).body.size(), 50000U);
    allow_log("Content-Length|file");
}

// Case 125.
TEST_P(FileWrapper, IteratesWhatIsNoFile) {
    EXPECT_EQ(server().get("/file?memory=text").body, "text");
}

TEST_P(FileWrapper, ComesAfterWhatWasWritten) {
    const std::string target = file(1000) + "&write";
    EXPECT_EQ(server().get(target).body, "first " + content_);
}

TEST_P(FileWrapper, AnswersHeadWithoutABody) {
    Client client = server().connect();
    client.send("HEAD " + file(50000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).header("Content-Length"), "50000");
    client.get("/file?memory=next");
    EXPECT_EQ(client.read_response().body, "next");
}

TEST_P(FileWrapper, ClosesItsFile) {
    Fifo told(tmp() / "told");
    EXPECT_EQ(server().get(file(50000) + "&tell=" + told.path()).body.size(), 50000U);
    EXPECT_EQ(told.take_line(), "closed");
    EXPECT_TRUE(told.is_empty());
}

TEST_P(FileWrapper, ClosesItsFileWhenTheClientLeaves) {
    Fifo told(tmp() / "told");
    const std::string target = file(20000000) + "&tell=" + told.path();
    Client client = server().connect({.receive_buffer = 4096});
    client.get(target);
    EXPECT_EQ(client.read_head().status, 200);
    client.reset();
    EXPECT_EQ(told.take_line(), "closed");
}

}  // namespace
}  // namespace test
