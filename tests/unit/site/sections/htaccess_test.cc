// The kept .htaccess files: every way in which one comes, changes or goes is noticed, and asking
// again costs nothing.
#include "core/site/sections/htaccess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/base/system/fd.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

namespace fs = std::filesystem;
using site::Htaccess;
using site::HtaccessCache;

constexpr config::AllowOverride kAnyOverride{config::override_class::kAll, std::nullopt};
constexpr auto kFollow = config::option::kFollowSymLinks;

// What FallbackResource of the file says; "none" without a file, "broken" for a broken one.
std::string word_of(const Htaccess* file) {
    if (file == nullptr) {
        return "none";
    }
    if (file->config == nullptr) {
        return "broken";
    }
    const auto& host = file->config->hosts.at(0);
    return host.defaults == config::VirtualHost::kNoSection
               ? "nothing"
               : file->config->sections.at(host.defaults).settings.fallback_resource.value_or("?");
}

class HtaccessFiles : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(top_ / "www/site"); }

    const Htaccess* ask(
        const fs::path& directory,
        config::option::Bits options = kFollow,
        const config::AllowOverride& allowed = kAnyOverride
    ) {
        return find((top_ / directory).string(), options, allowed).file;
    }
    HtaccessCache::Answer find(
        const std::string& directory,
        config::option::Bits options = kFollow,
        const config::AllowOverride& allowed = kAnyOverride,
        std::uint32_t host = 0
    ) {
        return cache_.find({
            .directory = directory,
            .names = names_,
            .allowed = allowed,
            .allowed_list = list_,
            .options = options,
            .host = host,
        });
    }
    std::string word(const fs::path& directory) { return word_of(ask(directory)); }
    // A change has been told, and not only by a time-out.
    void expect_change() {
        pollfd waiting{cache_.descriptor(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 5000), 1) << "no event";
        EXPECT_TRUE(cache_.refresh());
        EXPECT_FALSE(cache_.refresh());
    }

    test::TempDir directory_;
    fs::path top_{directory_.path()};
    std::vector<std::string> names_ = {".htaccess"};
    std::vector<std::string> list_;
    HtaccessCache cache_;
};

TEST_F(HtaccessFiles, AreReadOnce) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www"), "/one");
    EXPECT_EQ(word("www/site"), "none");
    EXPECT_FALSE(cache_.refresh());
    const auto* const file = ask("www");
    EXPECT_EQ(file, ask("www"));
    EXPECT_EQ(file, find((top_ / "www/").string()).file);
    EXPECT_EQ(file->path, (top_ / "www/.htaccess").string());
    EXPECT_EQ(cache_.directories(), 2U);
}

TEST_F(HtaccessFiles, AreNotLookedForWhereNothingMayStandInThem) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(ask("www", kFollow, {}), nullptr);
    EXPECT_EQ(cache_.descriptor(), -1);
    list_ = {"FallbackResource"};
    EXPECT_EQ(word_of(ask("www", kFollow, {})), "/one");
}

TEST_F(HtaccessFiles, ThatAppearAreSeen) {
    EXPECT_EQ(word("www/site"), "none");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /new\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/new");
}

TEST_F(HtaccessFiles, ThatAreEditedAreReadAgain) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www/site"), "/one");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /two\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/two");
}

TEST_F(HtaccessFiles, ThatAreReplacedAreReadAgain) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    test::write_file(top_ / "www/site/new", "FallbackResource /two\n");
    EXPECT_EQ(word("www/site"), "/one");
    fs::rename(top_ / "www/site/new", top_ / "www/site/.htaccess");
    expect_change();
    EXPECT_EQ(word("www/site"), "/two");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /three\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/three");
}

TEST_F(HtaccessFiles, ThatAreRemovedAreGone) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www/site"), "/one");
    fs::remove(top_ / "www/site/.htaccess");
    expect_change();
    EXPECT_EQ(word("www/site"), "none");
}

TEST_F(HtaccessFiles, WithNewPermissionsAreReadAgain) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www/site"), "/one");
    ASSERT_EQ(::chmod((top_ / "www/site/.htaccess").c_str(), 0), 0);
    expect_change();
    if (::geteuid() != 0) {  // who may read everything
        const auto* const file = ask("www/site");
        ASSERT_NE(file, nullptr);
        EXPECT_FALSE(file->is_readable);
        EXPECT_EQ(
            file->problem, (top_ / "www/site/.htaccess: cannot be read: Permission denied").string()
        );
    }
    EXPECT_NE(word("www/site"), "none");
    ASSERT_EQ(::chmod((top_ / "www/site/.htaccess").c_str(), 0644), 0);
    expect_change();
    EXPECT_EQ(word("www/site"), "/one");
}

TEST_F(HtaccessFiles, OtherFilesOfTheDirectoryDoNotMatter) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    const auto* const file = ask("www/site");
    test::write_file(top_ / "www/site/index.html", "hello");
    fs::create_directory(top_ / "www/other");
    fs::remove(top_ / "www/site/index.html");
    EXPECT_FALSE(cache_.refresh());
    EXPECT_EQ(file, ask("www/site"));
}

TEST_F(HtaccessFiles, AChangeConcernsOneDirectory) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /outer\n");
    const auto* const outer = ask("www");
    EXPECT_EQ(word("www/site"), "none");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /inner\n");
    expect_change();
    EXPECT_EQ(outer, ask("www"));
    EXPECT_EQ(word("www/site"), "/inner");
    EXPECT_EQ(outer, ask("www"));
}

TEST_F(HtaccessFiles, ThatChangeOftenAreWatchedOnce) {
    EXPECT_EQ(word("www/site"), "none");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /0\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/0");
    const auto watches = cache_.watches();
    for (int i = 1; i < 10; ++i) {
        test::write_file(top_ / "www/site/new", fmt::format("FallbackResource /{}\n", i));
        fs::rename(top_ / "www/site/new", top_ / "www/site/.htaccess");
        expect_change();
        test::write_file(top_ / "www/site/.htaccess", fmt::format("FallbackResource /{}\n", i));
        EXPECT_FALSE(cache_.refresh()) << "nobody has asked since";
        EXPECT_EQ(word("www/site"), fmt::format("/{}", i));
        EXPECT_EQ(cache_.watches(), watches);
        EXPECT_EQ(cache_.directories(), 1U);
    }
}

TEST_F(HtaccessFiles, OfARenamedParentAreOthers) {
    fs::create_directories(top_ / "next/site");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    test::write_file(top_ / "next/site/.htaccess", "FallbackResource /two\n");
    EXPECT_EQ(word("www/site"), "/one");
    fs::rename(top_ / "www", top_ / "old");
    expect_change();
    EXPECT_EQ(word("www/site"), "none");
    fs::rename(top_ / "next", top_ / "www");
    expect_change();
    EXPECT_EQ(word("www/site"), "/two");
}

TEST_F(HtaccessFiles, BehindASwitchedLinkAreOthers) {
    for (const std::string release : {"1", "2"}) {
        fs::create_directories(top_ / "releases" / release / "site");
        test::write_file(
            top_ / "releases" / release / "site/.htaccess", "FallbackResource /" + release + "\n"
        );
    }
    fs::create_symlink("releases/1", top_ / "current");
    EXPECT_EQ(word("current/site"), "/1");
    fs::create_symlink("releases/2", top_ / "next");
    fs::rename(top_ / "next", top_ / "current");
    expect_change();
    EXPECT_EQ(word("current/site"), "/2");
    // The directory that the link names is another one now, though the link is the same.
    fs::rename(top_ / "releases", top_ / "gone");
    expect_change();
    EXPECT_EQ(word("current/site"), "none");
}

TEST_F(HtaccessFiles, OfADirectoryThatBecomesALinkAreOthers) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www/site"), "/one");
    fs::create_directories(top_ / "elsewhere");
    fs::remove_all(top_ / "www/site");
    fs::create_directory_symlink(top_ / "elsewhere", top_ / "www/site");
    expect_change();
    EXPECT_EQ(word("www/site"), "none");
    test::write_file(top_ / "elsewhere/.htaccess", "FallbackResource /elsewhere\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/elsewhere");
}

TEST_F(HtaccessFiles, OfADirectoryThatIsMadeAgainWhileSomebodyIsInItAreNew) {
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    const base::Fd inside(::open((top_ / "www/site").c_str(), O_RDONLY | O_DIRECTORY));
    EXPECT_EQ(word("www/site"), "/one");
    fs::remove_all(top_ / "www/site");
    fs::create_directory(top_ / "www/site");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /two\n");
    expect_change();
    EXPECT_EQ(word("www/site"), "/two");
}

TEST_F(HtaccessFiles, ThatAreLinksAreFollowedWhereOptionsSaySo) {
    fs::create_directories(top_ / "shared");
    test::write_file(top_ / "shared/rules", "FallbackResource /one\n");
    fs::create_symlink("../../shared/rules", top_ / "www/site/.htaccess");
    EXPECT_EQ(word_of(ask("www/site", kFollow)), "/one");
    EXPECT_EQ(word_of(ask("www/site", config::option::kSymLinksIfOwnerMatch)), "/one");
    const auto* const file = ask("www/site", 0);
    ASSERT_NE(file, nullptr);
    EXPECT_FALSE(file->is_readable);
    EXPECT_NE(
        file->problem.find("cannot be read: a symbolic link, which Options"), std::string::npos
    ) << file->problem;
    test::write_file(top_ / "shared/new", "FallbackResource /two\n");
    fs::rename(top_ / "shared/new", top_ / "shared/rules");
    expect_change();
    EXPECT_EQ(word("www/site"), "/two");
}

TEST_F(HtaccessFiles, OfAnotherOwnerAreNotFollowed) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    test::write_file(top_ / "rules", "FallbackResource /one\n");
    fs::create_symlink(top_ / "rules", top_ / "www/.htaccess");
    ASSERT_EQ(::lchown((top_ / "www/.htaccess").c_str(), 12345, 12345), 0);
    EXPECT_EQ(word_of(ask("www", config::option::kSymLinksIfOwnerMatch)), "broken");
    EXPECT_EQ(word_of(ask("www", kFollow)), "/one");
}

TEST_F(HtaccessFiles, ThatAreNoFilesNeverBlock) {
    fs::create_directory(top_ / "www/.htaccess");
    ASSERT_EQ(::mkfifo((top_ / "www/site/.htaccess").c_str(), 0600), 0);
    for (const auto* const directory : {"www", "www/site"}) {
        const auto* const file = ask(directory);
        ASSERT_NE(file, nullptr);
        EXPECT_FALSE(file->is_readable);
        EXPECT_NE(file->problem.find("not a regular file"), std::string::npos) << file->problem;
    }
}

TEST_F(HtaccessFiles, ThatAreTooLargeAreAProblem) {
    test::write_file(top_ / "www/.htaccess", std::string(HtaccessCache::kFileBytesMax, '\n'));
    test::write_file(
        top_ / "www/site/.htaccess", std::string(HtaccessCache::kFileBytesMax + 1, '\n')
    );
    EXPECT_EQ(word("www"), "nothing");
    const auto* const file = ask("www/site");
    ASSERT_NE(file, nullptr);
    EXPECT_NE(file->problem.find("larger than 1 MiB"), std::string::npos);
}

TEST_F(HtaccessFiles, ThatAreBrokenSayWhere) {
    test::write_file(top_ / "www/.htaccess", "# fine\nWSGIProcessGroup x\n");
    const auto* const file = ask("www");
    ASSERT_NE(file, nullptr);
    EXPECT_TRUE(file->is_readable);
    EXPECT_EQ(file->config, nullptr);
    EXPECT_TRUE(file->problem.starts_with(
        (top_ / "www/.htaccess:2: WSGIProcessGroup: not allowed here").string()
    )) << file->problem;
    test::write_file(top_ / "www/.htaccess", "FallbackResource /fine\n");
    expect_change();
    EXPECT_EQ(word("www"), "/fine");
}

TEST_F(HtaccessFiles, MayHaveSeveralNames) {
    names_ = {".first", ".second"};
    test::write_file(top_ / "www/.second", "FallbackResource /second\n");
    EXPECT_EQ(word("www"), "/second");
    test::write_file(top_ / "www/.first", "FallbackResource /first\n");
    expect_change();
    EXPECT_EQ(word("www"), "/first");
}

TEST_F(HtaccessFiles, AreKeptPerAllowOverride) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    const config::AllowOverride limits{config::override_class::kLimit, std::nullopt};
    EXPECT_EQ(word_of(ask("www", kFollow, limits)), "broken");
    EXPECT_EQ(word_of(ask("www", kFollow)), "/one");
    EXPECT_EQ(word_of(ask("www", kFollow, limits)), "broken");
    EXPECT_EQ(cache_.directories(), 2U);
}

// In more turns than one, where there are many events; none of them watches anew what is not asked
// for.
TEST_F(HtaccessFiles, AreLookedAtAgainWhenEventsAreLost) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www"), "/one");
    int limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit <= 0 || limit > 1 << 17) {
        GTEST_SKIP() << "a queue of " << limit;
    }
    // In so many directories that none of them is too noisy to be listened to.
    const int directories = limit / static_cast<int>(site::NameWatch::kEventsMax) + 2;
    for (int i = 0; i < directories; ++i) {
        fs::create_directories(top_ / fmt::format("www/{}", i));
        EXPECT_EQ(word(fmt::format("www/{}", i)), "none");
    }
    for (int i = 0; i <= limit / 2; ++i) {  // two events each
        const auto path = top_ / fmt::format("www/{}/name{}", i % directories, i % 2);
        base::Fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        ::unlink(path.c_str());
    }
    test::write_file(top_ / "www/.htaccess", "FallbackResource /two\n");
    EXPECT_TRUE(cache_.refresh());
    EXPECT_EQ(word("www"), "/two");
    EXPECT_EQ(cache_.directories(), static_cast<std::size_t>(directories) + 1);
    while (cache_.refresh()) {
    }
    EXPECT_EQ(word("www"), "/two");
    test::write_file(top_ / "www/.htaccess", "FallbackResource /three\n");
    expect_change();
    EXPECT_EQ(word("www"), "/three");
}

TEST_F(HtaccessFiles, OfADirectoryThatIsTooNoisyAreLookedAtInstead) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word("www"), "/one");
    EXPECT_EQ(word("www/site"), "none");
    for (std::uint32_t i = 0; i <= site::NameWatch::kEventsMax; ++i) {
        const auto path = top_ / fmt::format("www/{}", i % 2);
        base::Fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        ::unlink(path.c_str());
    }
    EXPECT_TRUE(cache_.refresh());
    EXPECT_EQ(word("www"), "/one");
    EXPECT_EQ(word("www/site"), "none");
    cache_.refresh();
    test::write_file(top_ / "www/0", "");
    pollfd waiting{cache_.descriptor(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 0), 0) << "it is listened to";
    test::write_file(top_ / "www/.htaccess", "FallbackResource /longer\n");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /inner\n");
    cache_.refresh();
    EXPECT_EQ(word("www"), "/longer");
    EXPECT_EQ(word("www/site"), "/inner");
}

// Who may enter a directory and not read it cannot watch it, and asks stat() instead.
TEST_F(HtaccessFiles, OfAnUnreadableDirectoryAreLookedAtEachTime) {
    const auto user = ::geteuid();
    const auto word_for_others = [&] {
        if (user == 0) {
            EXPECT_EQ(::seteuid(65534), 0);
        }
        EXPECT_TRUE(cache_.refresh());
        auto word = this->word("www/site");
        EXPECT_EQ(::seteuid(user), 0);
        return word;
    };
    EXPECT_FALSE(cache_.refresh());
    ASSERT_EQ(::chmod((top_ / "www").c_str(), 0311), 0);
    if (user == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    EXPECT_EQ(word("www/site"), "none");
    EXPECT_EQ(::seteuid(user), 0);
    EXPECT_EQ(cache_.watches(), 0U);
    EXPECT_EQ(word_for_others(), "none");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /one\n");
    EXPECT_EQ(word_for_others(), "/one");
    test::write_file(top_ / "www/site/.htaccess", "FallbackResource /two\n");
    EXPECT_EQ(word_for_others(), "/two");
    ASSERT_EQ(::chmod((top_ / "www/site").c_str(), 0), 0);
    EXPECT_EQ(word_for_others(), "broken");
    ASSERT_EQ(::chmod((top_ / "www/site").c_str(), 0755), 0);
    EXPECT_EQ(word_for_others(), "/two");
    fs::rename(top_ / "www/site", top_ / "www/old");
    EXPECT_EQ(word_for_others(), "none");
    ASSERT_EQ(::chmod((top_ / "www").c_str(), 0755), 0);
}

TEST_F(HtaccessFiles, AreReadOnceThereAreDescriptorsAgain) {
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit nothing{0, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &nothing), 0);
    EXPECT_EQ(word("www"), "broken");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_TRUE(cache_.refresh());
    EXPECT_EQ(word("www"), "/one");
    EXPECT_FALSE(cache_.refresh());
}

TEST_F(HtaccessFiles, HaveABoundInNumber) {
    for (std::size_t i = 0; i <= site::HtaccessEntries::kCountMax; ++i) {
        EXPECT_EQ(ask(fmt::format("www/site/{}", i)), nullptr);
    }
    EXPECT_TRUE(cache_.refresh());
    EXPECT_EQ(cache_.directories(), 0U);
    EXPECT_EQ(cache_.watches(), 0U);
    EXPECT_FALSE(cache_.refresh());
}

// A child that would be killed by any system call but read, write and exit.
TEST_F(HtaccessFiles, CostOneReadPerRequest) {
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "ThreadSanitizer makes system calls of its own";
#endif
    fs::create_directories(top_ / "www/site/a/b/c/d");
    test::write_file(top_ / "www/.htaccess", "FallbackResource /one\n");
    const std::array<std::string, 6> levels = {
        (top_ / "www").string(),
        (top_ / "www/site").string(),
        (top_ / "www/site/a").string(),
        (top_ / "www/site/a/b").string(),
        (top_ / "www/site/a/b/c").string(),
        (top_ / "www/site/a/b/c/d").string()};
    const auto request = [&] {
        int found = 0;
        for (const auto& level : levels) {
            found += find(level).file != nullptr ? 1 : 0;
        }
        return found;
    };
    EXPECT_EQ(request(), 1);
    EXPECT_EXIT(
        {
            ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
            bool is_fine = true;
            for (int i = 0; i < 100; ++i) {
                is_fine = !cache_.refresh() && request() == 1 && is_fine;
            }
            ::syscall(SYS_exit, is_fine ? 0 : 1);
        },
        testing::ExitedWithCode(0),
        ""
    );
}

}  // namespace
