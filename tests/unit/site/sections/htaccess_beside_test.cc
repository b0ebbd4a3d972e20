// The kept .htaccess files of somebody who serves others: threads read them.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "core/base/system/fd.h"
#include "core/site/names/file_look.h"
#include "core/site/sections/htaccess.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace site {
namespace {

namespace fs = std::filesystem;

class FilesReadBeside : public testing::Test {
protected:
    FilesReadBeside() {
        fs::create_directories(top_ / "site");
        read_beside(cache_);
    }
    void read_beside(HtaccessCache& cache) {
        cache.read_beside({&disks_, &parsers_, [this] {
                               const std::lock_guard lock(mutex_);
                               changed_.notify_all();
                           }});
    }
    HtaccessCache::Answer find(const std::string& directory = "site") {
        return cache_.find({
            .directory = (top_ / directory).string(),
            .names = names_,
            .allowed = kEverything,
            .allowed_list = list_,
            .options = config::option::kFollowSymLinks,
            .host = 1,
        });
    }
    // As a request does: it comes again each time that something has been read. How often it had
    // to, at most.
    const Htaccess* ask(int rounds, const std::string& directory = "site") {
        cache_.refresh();
        const auto* file = find(directory).file;
        for (; file != nullptr && file->is_being_read && rounds > 0; --rounds) {
            wait_for_more_than(ended_);
            ended_ = cache_.read_count();
            cache_.refresh();
            file = find(directory).file;
        }
        return file;
    }
    void wait_for_more_than(std::uint64_t count) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] {
            return cache_.read_count() > count;
        }));
    }
    static std::string word_of(const Htaccess* file) {
        if (file == nullptr || file->config == nullptr) {
            return file == nullptr ? "none" : file->problem;
        }
        return file->config->sections.at(file->config->hosts.at(0).defaults)
            .settings.fallback_resource.value_or("?");
    }
    void write(const std::string& text) { test::write_file(top_ / "site/.htaccess", text); }

    static constexpr config::AllowOverride kEverything{config::override_class::kAll, std::nullopt};
    test::TempDir directory_;
    fs::path top_{directory_.path()};
    const std::vector<std::string> names_ = {".htaccess"};
    const std::vector<std::string> list_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t ended_ = 0;
    base::Lanes parsers_{{.threads = 1, .waiting_per_lane = 100, .waiting = 1000}};
    base::Lanes disks_{{.threads = 1, .waiting_per_lane = 100, .waiting = 1000}};
    HtaccessCache cache_;
};

// Reading waits for as long as the owner of the file likes, however small it is.
TEST_F(FilesReadBeside, ADiskThatStandsStillHoldsUpNobodyWhoAsks) {
    write("FallbackResource /one\n");
    std::promise<void> opened;
    ASSERT_TRUE(disks_.submit("1", [&opened] { opened.get_future().wait(); }));
    const auto* const file = find().file;
    ASSERT_NE(file, nullptr);
    EXPECT_TRUE(file->is_being_read) << "whoever asks has read it himself";
    opened.set_value();
    EXPECT_EQ(word_of(ask(1)), "/one");
    cache_.refresh();
    EXPECT_FALSE(find().file->is_being_read) << "it is kept";
}

TEST_F(FilesReadBeside, OneThatIsTooLargeIsRefusedUnread) {
    write("#");
    fs::resize_file(top_ / "site/.htaccess", 1 << 30);
    const auto bytes_read = [] {
        std::ifstream facts("/proc/thread-self/io");
        std::string name;
        std::uint64_t count = 0;
        facts >> name >> count;
        return count;
    };
    if (bytes_read() == 0) {
        GTEST_SKIP() << "the kernel does not count";
    }
    const auto before = bytes_read();
    const auto* const file = find().file;
    constexpr std::uint64_t kOfCounting = 4096;
    EXPECT_LT(bytes_read() - before, kOfCounting);
    ASSERT_NE(file, nullptr);
    EXPECT_FALSE(file->is_readable);
    EXPECT_NE(file->problem.find(".htaccess: cannot be read: larger than 1 MiB"), std::string::npos)
        << file->problem;
}

// Then whoever asks has to wait elsewhere, and what he was told is not kept.
TEST_F(FilesReadBeside, WithoutAThreadWhoeverServesOthersGivesUp) {
    write("FallbackResource /one\n");
    disks_.end();
    {
        const WithoutWaiting serving(nullptr, true);
        EXPECT_TRUE(find().file->is_being_read);
        EXPECT_TRUE(WithoutWaiting::has_given_up());
    }
    EXPECT_EQ(word_of(find().file), "/one") << "others read it themselves";
}

// Who may enter a directory and not read it (mode 711) cannot watch it. A file there that has just
// been edited may have been edited again within a tick of the clock.
TEST_F(FilesReadBeside, OneThatNobodyTellsOfIsAnsweredAtOnceAfterItWasEdited) {
    const auto user = ::geteuid();
    ASSERT_EQ(::chmod(top_.c_str(), user == 0 ? 0711 : 0311), 0);
    if (user == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    const auto edit = [&](const std::string& text) {
        ASSERT_EQ(::seteuid(user), 0);
        write(text);
        if (user == 0) {
            ASSERT_EQ(::seteuid(65534), 0);
        }
    };
    constexpr std::size_t kLarge = 8000;  // bytes
    edit("FallbackResource /one\n#" + std::string(kLarge, '#') + "\n");
    EXPECT_EQ(word_of(ask(1)), "/one");
    edit("FallbackResource /changed\n#" + std::string(kLarge, '#') + "\n");
    EXPECT_EQ(word_of(ask(1)), "/changed");
    edit("FallbackResource /small\n");
    EXPECT_EQ(word_of(ask(1)), "/small");
    EXPECT_EQ(cache_.watches(), 0U);
    ASSERT_EQ(::seteuid(user), 0);
    ASSERT_EQ(::chmod(top_.c_str(), 0755), 0);
}

}  // namespace
}  // namespace site
