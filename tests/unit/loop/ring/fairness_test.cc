// What one turn sends has a bound: large files and large answers keep nobody waiting.
#include <sys/mman.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::Listener;
using loop_test::unix_pair;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// Reads until the end of the stream, so that the sockets never fill.
std::thread reader_of(int fd) {
    return std::thread([fd] {
        std::string part(256 * 1024, '\0');
        while (::recv(fd, part.data(), part.size(), 0) > 0) {
        }
    });
}

base::Fd file_of(std::size_t size) {
    base::Fd file(::memfd_create("zeros", MFD_CLOEXEC));
    EXPECT_EQ(::ftruncate(file.get(), static_cast<off_t>(size)), 0);
    return file;
}

// Sends a file again and again, as fast as the ring lets it.
struct Download {
    explicit Download(loop::Ring& its_ring) : ring(its_ring) {
        sent.then = [this](loop::Completion completion) {
            ASSERT_GT(completion.result, 0);
            of_turn += static_cast<std::size_t>(completion.result);
            most_at_once = std::max(most_at_once, static_cast<std::size_t>(completion.result));
            begin();
        };
    }
    void begin() { ring.send_file(pair.ours.get(), file.get(), 0, 64 * kMiB, sent.operation); }

    loop::Ring& ring;
    loop_test::Pair pair = loop_test::tcp_pair();
    base::Fd file = file_of(64 * kMiB);
    Listener sent;
    std::size_t of_turn = 0;
    std::size_t most_at_once = 0;
};

}  // namespace

class Fairness : public loop_test::RingTest {};

TEST_P(Fairness, FilesTogetherSendABoundedPartPerTurn) {
    std::deque<Download> downloads;
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i) {
        Download& download = downloads.emplace_back(ring());
        readers.push_back(reader_of(download.pair.theirs.get()));
        download.begin();
    }
    for (int turn = 0; turn < 200; ++turn) {
        ring().run_once(std::chrono::seconds(60));
        std::size_t all = 0;
        for (Download& download : downloads) {
            all += std::exchange(download.of_turn, 0);
        }
        ASSERT_LE(all, 256U << 10);
    }
    for (Download& download : downloads) {
        EXPECT_GT(download.most_at_once, 0U) << "none waits for ever";
        download.sent.then = [](loop::Completion) {};
        finish(download.sent, download.pair.ours.get());
        ::shutdown(download.pair.ours.get(), SHUT_RDWR);
    }
    for (std::thread& reader : readers) {
        reader.join();
    }
}

// However many there are of the other's, and though they were there first.
TEST_P(Fairness, AFileOfOneTenantIsNotBehindAllDownloadsOfAnother) {
    std::deque<Download> downloads;
    for (int i = 0; i < 8; ++i) {
        downloads.emplace_back(ring()).begin();
    }
    Download small(ring());
    small.sent.operation.tenant = 1;
    small.sent.then = [](loop::Completion) {};
    ring().send_file(small.pair.ours.get(), small.file.get(), 0, 10, small.sent.operation);
    ring().run_once(std::chrono::seconds(60));
    EXPECT_EQ(small.sent.results, std::vector<int>{10});
    std::size_t others = 0;
    for (Download& download : downloads) {
        others += download.of_turn;
        download.sent.then = [](loop::Completion) {};
        finish(download.sent, download.pair.ours.get());
    }
    EXPECT_GT(others, 0U);
    ring().forget(small.pair.ours.get());
}

TEST_P(Fairness, ACancelledFileLeavesTheQueue) {
    Download first(ring());
    Download second(ring());
    first.begin();
    second.begin();
    const auto keep = std::exchange(first.sent.then, [](loop::Completion) {});
    ring().cancel(first.sent.operation);
    second.sent.then = [](loop::Completion) {};
    run_until([&] { return first.sent.is_over && second.sent.is_over; });
    EXPECT_EQ(first.sent.results, std::vector<int>{-ECANCELED});
    EXPECT_GT(second.sent.results.front(), 0);
    ring().forget(first.pair.ours.get());
    ring().forget(second.pair.ours.get());
}

// io_uring counts in 32 bits: 4 GiB would be nothing, and whoever sends the rest would never end.
TEST_P(Fairness, MoreThanFourGibibytesInOnePieceGoOn) {
    constexpr std::size_t kFourGiB = std::size_t{4} << 30;
    void* const memory =
        ::mmap(nullptr, kFourGiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    const auto pair = unix_pair();
    Listener sent;
    ring().send(pair.ours.get(), {static_cast<const char*>(memory), kFourGiB}, sent.operation);
    run_until([&] { return sent.is_over; });
    EXPECT_GT(sent.results.front(), 0);
    EXPECT_LE(sent.results.front(), static_cast<int>(2 * kMiB));
    ring().forget(pair.ours.get());
    ::munmap(memory, kFourGiB);
}

ON_BOTH_BACKENDS(Fairness);
