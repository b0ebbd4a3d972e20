// What goes to a client, with a ring that is the test's: bytes, parts of files, and those whose
// pieces a thread has to read first.
#include "core/server/client/directions/client_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "tests/support/deadline.h"
#include "tests/unit/server/client/directions/direction_under_test.h"

namespace test {
namespace {

using Kind = ScriptedRing::Kind;
using namespace std::chrono_literals;

class ClientOutputTest : public DirectionUnderTest, public server::ClientOutput::Host {
protected:
    ClientOutputTest() {
        const std::string text = "what stands in a file";
        EXPECT_EQ(::write(file_.get(), text.data(), text.size()), ssize_t(text.size()));
    }
    ~ClientOutputTest() override {
        end([this] { output_.stop(); });
    }

    void send(const std::string& bytes) {
        bytes_ = bytes;
        parts_.clear();
        parts_.add(bytes_);
        output_.send(parts_, 8s);
        settle();
    }
    void send_file(std::uint64_t offset, bool is_slow = false) {
        output_.send_file(
            {.file = file_.get(), .offset = offset, .count = 100, .is_slow = is_slow}, 8s
        );
        settle();
    }
    // The thread that reads has been heard.
    bool is_read() {
        return eventually([this] {
            settle();
            return closes_ > 0 || !output_.is_busy() || output_.is_in_flight();
        });
    }
    std::string got() { return std::string(ring().sent(kName)); }

    void on_sent(std::size_t bytes) override {
        ++sends_;
        sent_ += bytes;
    }
    void close() override {
        ++closes_;
        output_.stop();
    }
    void set_timer() override {}
    void on_stopped() override { ++stops_; }

    base::Fd file_{::memfd_create("file", MFD_CLOEXEC)};
    std::string bytes_;
    loop::Parts parts_;
    int sends_ = 0;
    std::size_t sent_ = 0;
    int closes_ = 0;
    int stops_ = 0;
    base::Lanes lanes_{{}};
    server::FileReader files_{loop(), lanes_, lanes_};
    server::ClientOutput output_{loop(), transport(), files_, *this};
};

TEST_F(ClientOutputTest, SendsOneThingAtATime) {
    EXPECT_FALSE(output_.is_busy());
    ring().hold_sends(kName);
    send("hello");
    EXPECT_TRUE(output_.is_busy());
    EXPECT_EQ(sends_, 0);
    ring().resume_sends(kName);
    settle();
    EXPECT_FALSE(output_.is_busy());
    EXPECT_EQ(sends_, 1);
    EXPECT_EQ(sent_, 5U);
    EXPECT_EQ(got(), "hello");
}

TEST_F(ClientOutputTest, TellsOfAShortSend) {
    ring().answer(Kind::kSend, kName, 2);
    send("hello");
    EXPECT_EQ(sent_, 2U);
    EXPECT_FALSE(output_.is_busy());
}

TEST_F(ClientOutputTest, ClosesWhereTheClientHasGone) {
    ring().answer(Kind::kSend, kName, -EPIPE);
    send("hello");
    EXPECT_EQ(closes_, 1);
    EXPECT_EQ(sends_, 0);
}

TEST_F(ClientOutputTest, TellsThatAFileHasEnded) {
    ring().answer(Kind::kSendFile, kName, 0);
    send_file(0);
    EXPECT_EQ(sends_, 1);
    EXPECT_EQ(sent_, 0U);
}

// From memory of our own, piece by piece of what the client takes, and the next part is read anew.
TEST_F(ClientOutputTest, HasAThreadReadWhatIsNotInMemory) {
    ring().answer(Kind::kSendFile, kName, -ENODATA);
    ring().answer(Kind::kSend, kName, 5);
    send_file(0);
    ASSERT_TRUE(eventually([this] {
        settle();
        return sends_ > 0;
    }));
    EXPECT_EQ(got(), "what ");
    EXPECT_FALSE(output_.is_busy());
    send_file(sent_);
    EXPECT_EQ(got(), "what stands in a file");
    EXPECT_EQ(sends_, 2);
    EXPECT_FALSE(ring().is_asked(Kind::kSendFile, kName));
}

TEST_F(ClientOutputTest, HasAThreadReadWhatMayNeverAnswer) {
    send_file(0, true);
    ASSERT_TRUE(eventually([this] {
        settle();
        return sends_ > 0;
    }));
    EXPECT_EQ(got(), "what stands in a file");
}

TEST_F(ClientOutputTest, ClosesWhereThereIsNothingLeftToRead) {
    send_file(1000, true);
    EXPECT_TRUE(is_read());
    EXPECT_EQ(closes_, 1);
    EXPECT_FALSE(output_.is_busy());
}

TEST_F(ClientOutputTest, HearsNothingOfAThreadOnceItIsStopped) {
    output_.send_file({.file = file_.get(), .offset = 0, .count = 100, .is_slow = true}, 8s);
    EXPECT_TRUE(output_.is_busy());
    EXPECT_FALSE(output_.is_in_flight());
    EXPECT_EQ(output_.due(), now() + 8s) << "all the patience is the file's meanwhile";
    output_.stop();
    EXPECT_FALSE(output_.is_busy());
    settle();
    EXPECT_EQ(stops_, 0) << "nothing of the ring's was in flight";
    EXPECT_EQ(closes_, 0);
}

TEST_F(ClientOutputTest, GivesUpAClientThatTakesNothing) {
    peer().takes_bytes = false;
    ring().hold_sends(kName);
    send("hello");
    for (auto passed = 0s; passed < 8s; passed += 1s) {
        EXPECT_EQ(closes_, 0);
        EXPECT_EQ(output_.due(), now() + 1s);
        pass(1s);
        output_.on_due();
    }
    EXPECT_EQ(closes_, 1);
    EXPECT_TRUE(peer().is_reset) << "nothing is kept for it";
    settle();
    EXPECT_EQ(stops_, 1);
}

TEST_F(ClientOutputTest, IsPatientWithAClientThatTakesALittle) {
    ring().hold_sends(kName);
    send("hello");
    for (int i = 0; i < 100; ++i) {
        pass(1s);
        output_.on_due();
    }
    EXPECT_EQ(closes_, 0);
}

}  // namespace
}  // namespace test
