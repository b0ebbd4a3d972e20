// Which thread closes a file of a tenant's: whoever serves others does not wait for the kernel to
// let go of what is left of it.
#include "core/base/foreign/tenant_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

// The calls of close(2) for one descriptor.
class Closing {
public:
    static Closing& instance() {
        static Closing closing;
        return closing;
    }
    void watch(int fd) {
        const std::lock_guard lock(mutex_);
        fd_ = fd;
        thread_.reset();
    }
    void note(int fd) {
        const std::lock_guard lock(mutex_);
        if (fd == fd_) {
            fd_ = -1;
            thread_ = std::this_thread::get_id();
            changed_.notify_all();
        }
    }
    std::optional<std::thread::id> wait() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kPatience, [this] { return thread_.has_value(); });
        return thread_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int fd_ = -1;
    std::optional<std::thread::id> thread_;
};

}  // namespace
}  // namespace test

// In place of the library's, for all of this program.
extern "C" int close(int fd) {
    test::Closing::instance().note(fd);
    return static_cast<int>(::syscall(SYS_close, fd));
}

namespace test {
namespace {

constexpr std::size_t kLarge = 1 << 20;

class TenantFiles : public testing::Test {
protected:
    base::TenantFile open_file() {
        write_file(path_, "hello");
        base::TenantFile file(base::Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)));
        Closing::instance().watch(file.get());
        return file;
    }
    static bool was_closed_here() {
        const auto thread = Closing::instance().wait();
        EXPECT_TRUE(thread.has_value()) << "nobody has closed it";
        return thread == std::this_thread::get_id();
    }

    TempDir directory_;
    const std::string path_ = directory_.path() + "/file";
};

TEST_F(TenantFiles, ThatAreSmallAndHaveANameAreClosedAtOnce) {
    open_file().reset();
    EXPECT_TRUE(was_closed_here()) << "a request for a small file has woken another thread";
}

TEST_F(TenantFiles, ThatHaveNoNameAnyMoreAreClosedInAnotherThread) {
    auto file = open_file();
    fs::remove(path_);
    file.reset();
    EXPECT_FALSE(was_closed_here());
}

TEST_F(TenantFiles, ThatHaveBecomeLargeAreClosedInAnotherThread) {
    {
        const auto file = open_file();
        fs::resize_file(path_, kLarge);
    }
    EXPECT_FALSE(was_closed_here());
}

TEST_F(TenantFiles, ThatMakeRoomForAnotherAreClosedInAnotherThread) {
    auto file = open_file();
    fs::remove(path_);
    file = base::TenantFile();
    EXPECT_FALSE(was_closed_here());
}

TEST_F(TenantFiles, ThatAreTakenAwayAreNotClosed) {
    auto file = open_file();
    const base::Fd taken = file.release();
    file.reset();
    EXPECT_GE(::fcntl(taken.get(), F_GETFD), 0);
}

}  // namespace
}  // namespace test
