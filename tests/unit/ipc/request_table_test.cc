// The request table: what a child notes, the supervisor sees; and whatever a hostile child writes
// is safe to look at.
#include "ipc/request_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using ipc::RequestTable;

RequestTable made(std::size_t slots) {
    auto table = RequestTable::create(slots);
    EXPECT_TRUE(table.has_value());
    return std::move(*table);
}

RequestTable attached_to(const RequestTable& table) {
    auto other = RequestTable::attach(base::Fd(::dup(table.fd())));
    EXPECT_TRUE(other.has_value());
    return std::move(*other);
}

TEST(IpcRequestTable, ShowsWhatRuns) {
    RequestTable table = made(4);
    EXPECT_TRUE(table.running().empty());
    table.begin(1, "GET", "/one", Clock::now() - 5s);
    table.begin(4, "POST", "/four?x=1", Clock::now());
    const auto running = table.running();
    ASSERT_EQ(running.size(), 2U);
    EXPECT_EQ(running[0].thread, 1);
    EXPECT_EQ(running[0].request, "GET /one");
    EXPECT_GE(running[0].for_time, 5s);
    EXPECT_LT(running[0].for_time, 1h);
    EXPECT_EQ(running[1].thread, 4);
    EXPECT_EQ(running[1].request, "POST /four?x=1");
}

TEST(IpcRequestTable, ForgetsWhatHasEnded) {
    RequestTable table = made(2);
    table.begin(1, "GET", "/one", Clock::now());
    table.begin(2, "GET", "/two", Clock::now());
    table.end(1);
    ASSERT_EQ(table.running().size(), 1U);
    EXPECT_EQ(table.running()[0].thread, 2);
    table.begin(1, "HEAD", "/", Clock::now());
    EXPECT_EQ(table.running()[0].request, "HEAD /");
    table.clear();
    EXPECT_TRUE(table.running().empty());
}

TEST(IpcRequestTable, SharesItsEntriesWithWhoeverIsAttached) {
    RequestTable mine = made(3);
    RequestTable theirs = attached_to(mine);
    theirs.begin(3, "GET", "/theirs", Clock::now());
    ASSERT_EQ(mine.running().size(), 1U);
    EXPECT_EQ(mine.running()[0].request, "GET /theirs");
    mine.clear();
    EXPECT_TRUE(theirs.running().empty());
}

TEST(IpcRequestTable, OutlivesTheOneWhoWrote) {
    RequestTable mine = made(1);
    {
        RequestTable theirs = attached_to(mine);
        theirs.begin(1, "GET", "/last", Clock::now());
    }
    ASSERT_EQ(mine.running().size(), 1U);
    EXPECT_EQ(mine.running()[0].request, "GET /last");
}

TEST(IpcRequestTable, CutsWhatIsTooLong) {
    RequestTable table = made(3);
    const std::string target = "/" + std::string(10000, 't');
    table.begin(1, "GET", target, Clock::now());
    table.begin(2, std::string(10000, 'M'), "/", Clock::now());
    table.begin(3, "GET", "/short", Clock::now());
    const auto running = table.running();
    ASSERT_EQ(running.size(), 3U);
    EXPECT_LT(running[0].request.size(), 200U);
    EXPECT_TRUE(("GET " + target).starts_with(running[0].request));
    EXPECT_GT(running[0].request.size(), 64U);
    EXPECT_LT(running[1].request.size(), 200U);
    EXPECT_EQ(running[2].request, "GET /short");
}

TEST(IpcRequestTable, TakesNoNoteOfThreadsBeyondIt) {
    RequestTable table = made(2);
    for (const int thread : {-1, 0, 3, 1 << 30}) {
        table.begin(thread, "GET", "/", Clock::now());
        table.end(thread);
    }
    EXPECT_TRUE(table.running().empty());
}

TEST(IpcRequestTable, CannotBeShrunkUnderItsReader) {
    RequestTable table = made(4);
    EXPECT_NE(::ftruncate(table.fd(), 0), 0);
    EXPECT_NE(::ftruncate(table.fd(), 1 << 20), 0);
    EXPECT_NE(::fcntl(table.fd(), F_ADD_SEALS, F_SEAL_WRITE), 0);
}

TEST(IpcRequestTable, SurvivesMovesAndHasNoneByDefault) {
    RequestTable table;
    EXPECT_TRUE(table.running().empty());
    table.begin(1, "GET", "/", Clock::now());
    table = made(1);
    table.begin(1, "GET", "/moved", Clock::now());
    const RequestTable other = std::move(table);
    ASSERT_EQ(other.running().size(), 1U);
    EXPECT_EQ(other.running()[0].request, "GET /moved");
}

TEST(IpcRequestTable, DoesNotAttachToWhatIsNone) {
    EXPECT_FALSE(RequestTable::attach(base::Fd()).has_value());
    EXPECT_FALSE(RequestTable::attach(base::Fd(::memfd_create("empty", MFD_CLOEXEC))).has_value());
}

// The child's end of the memory, as a child that has been taken over may use it.
TEST(IpcRequestTable, IsSafeToReadWhateverStandsInIt) {
    RequestTable table = made(8);
    struct stat status {};
    ASSERT_EQ(::fstat(table.fd(), &status), 0);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, table.fd(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    std::mt19937_64 random(70);
    for (int round = 0; round < 500; ++round) {
        std::string bytes;
        while (bytes.size() < size) {
            // The ends of what a time can be come first.
            const std::int64_t word = round == 0   ? std::numeric_limits<std::int64_t>::min()
                                      : round == 1 ? std::numeric_limits<std::int64_t>::max()
                                      : round == 2 ? -1
                                                   : static_cast<std::int64_t>(random());
            bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
        }
        std::memcpy(memory, bytes.data(), size);
        for (const RequestTable::Running& running : table.running()) {
            EXPECT_GE(running.thread, 1);
            EXPECT_LE(running.thread, 8);
            EXPECT_LT(running.request.size(), 200U);
        }
    }
    table.clear();
    EXPECT_TRUE(table.running().empty());
    ::munmap(memory, size);
}

}  // namespace
