// What has been merged for a directory is kept until something on its own way changes: what others
// do with their files makes nobody merge again.
#include "core/site/sections/sections.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/base/system/fd.h"
#include "core/config/configuration_parser.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

namespace fs = std::filesystem;

class MergedSections : public testing::Test {
protected:
    static constexpr std::uint32_t kTenant = 1;
    static constexpr std::uint32_t kNeighbour = 2;

    void SetUp() override {
        for (const auto* const name : {"tenant/a/b", "neighbour/a"}) {
            fs::create_directories(top_ / name);
        }
        test::write_file(top_ / "tenant/.htaccess", "FallbackResource /tenant\n");
        test::write_file(top_ / "neighbour/.htaccess", "FallbackResource /neighbour\n");
        const auto text = fmt::format(
            "Listen 80\n<Directory {0}>\nAllowOverride All\n</Directory>\n"
            "<VirtualHost *:80>\nServerName tenant\nDocumentRoot {0}/tenant\n</VirtualHost>\n"
            "<VirtualHost *:80>\nServerName neighbour\nDocumentRoot "
            "{0}/neighbour\n</VirtualHost>\n",
            top_.string()
        );
        auto config = config::parse_text(text, "site.conf");
        ASSERT_TRUE(config) << config.error().what;
        config_ = std::make_unique<config::Config>(*std::move(config));
        sections_ = std::make_unique<site::Sections>(*config_);
    }

    std::string fallback(std::uint32_t host, const std::string& directory) {
        return sections_->node(host, (top_ / directory).string())
            .settings.fallback_resource.value_or("none");
    }
    // How many nodes are made when both are asked for in the next turn.
    std::uint64_t made_for_both() {
        const auto before = sections_->made();
        sections_->refresh();
        EXPECT_EQ(fallback(kNeighbour, "neighbour/a"), "/neighbour");
        fallback(kTenant, "tenant/a/b");
        return sections_->made() - before;
    }
    void touch(const std::string& name) const {
        ASSERT_EQ(::utimensat(AT_FDCWD, (top_ / name).c_str(), nullptr, 0), 0);
    }

    test::TempDir directory_;
    fs::path top_{directory_.path()};
    std::unique_ptr<config::Config> config_;
    std::unique_ptr<site::Sections> sections_;
};

TEST_F(MergedSections, AreKept) {
    EXPECT_EQ(made_for_both(), 2U);
    EXPECT_EQ(made_for_both(), 0U);
    test::write_file(top_ / "tenant/a/page.html", "hello");
    EXPECT_EQ(made_for_both(), 0U) << "no access file";
}

TEST_F(MergedSections, AreMadeAgainOnlyBelowWhatHasChanged) {
    EXPECT_EQ(made_for_both(), 2U);
    fallback(kTenant, "tenant");
    for (int i = 0; i < 100; ++i) {
        touch("tenant/.htaccess");
        EXPECT_EQ(made_for_both(), 1U) << "the tenant's";
        test::write_file(top_ / "tenant/new", fmt::format("FallbackResource /{}\n", i));
        fs::rename(top_ / "tenant/new", top_ / "tenant/.htaccess");
        EXPECT_EQ(made_for_both(), 1U);
        EXPECT_EQ(fallback(kTenant, "tenant/a/b"), fmt::format("/{}", i));
    }
    test::write_file(top_ / "tenant/a/b/.htaccess", "FallbackResource /inner\n");
    const auto before = sections_->made();
    sections_->refresh();
    EXPECT_EQ(fallback(kTenant, "tenant/a/b"), "/inner");
    EXPECT_EQ(sections_->made(), before + 1);
    EXPECT_EQ(fallback(kTenant, "tenant"), "/99");
    fallback(kTenant, "tenant");
    EXPECT_EQ(sections_->made(), before + 2) << "that of its parent is older, and made once";
}

TEST_F(MergedSections, OfADirectoryAboveConcernAll) {
    EXPECT_EQ(made_for_both(), 2U);
    test::write_file(top_ / ".htaccess", "DirectoryIndex above.html\n");
    EXPECT_EQ(made_for_both(), 2U);
    const auto& settings = sections_->node(kNeighbour, (top_ / "neighbour/a").string()).settings;
    ASSERT_TRUE(settings.directory_index);
    EXPECT_EQ(settings.directory_index->front(), "above.html");
    fs::remove(top_ / ".htaccess");
    EXPECT_EQ(made_for_both(), 2U);
    EXPECT_EQ(made_for_both(), 0U);
}

TEST_F(MergedSections, OfABrokenFileAreMadeAgainOnceItIsMended) {
    test::write_file(top_ / "tenant/.htaccess", "Nonsense\n");
    const auto asked = (top_ / "tenant/a").string();
    EXPECT_NE(sections_->node(kTenant, asked).problem, "");
    sections_->refresh();
    EXPECT_NE(sections_->node(kTenant, asked).problem, "");
    test::write_file(top_ / "tenant/.htaccess", "FallbackResource /fine\n");
    sections_->refresh();
    EXPECT_EQ(sections_->node(kTenant, asked).problem, "");
}

// Names change faster than they are read; and once the directory is not listened to any more, its
// files are still looked at.
TEST_F(MergedSections, SurviveAStormOfRenames) {
    EXPECT_EQ(made_for_both(), 2U);
    const auto first = (top_ / "tenant/x").string();
    const auto second = (top_ / "tenant/y").string();
    test::write_file(first, "");
    for (int turn = 0; turn < 40; ++turn) {
        for (int i = 0; i < 500; ++i) {
            ASSERT_EQ(::rename(first.c_str(), second.c_str()), 0);
            ASSERT_EQ(::rename(second.c_str(), first.c_str()), 0);
        }
        EXPECT_LE(made_for_both(), 1U) << "the tenant's";
    }
    test::write_file(top_ / "tenant/.htaccess", "FallbackResource /new\n");
    EXPECT_EQ(made_for_both(), 1U);
    EXPECT_EQ(fallback(kTenant, "tenant/a/b"), "/new");
    test::write_file(top_ / "tenant/a/.htaccess", "FallbackResource /inner\n");
    EXPECT_EQ(made_for_both(), 1U);
    EXPECT_EQ(fallback(kTenant, "tenant/a/b"), "/inner");
}

TEST_F(MergedSections, SurviveThatEventsAreLost) {
    int limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit <= 0 || limit > 1 << 17) {
        GTEST_SKIP() << "a queue of " << limit;
    }
    // So old that a change would show.
    const timespec old[] = {{1000000000, 0}, {1000000000, 0}};
    EXPECT_EQ(made_for_both(), 2U);
    const auto first = (top_ / "tenant/x").string();
    const auto second = (top_ / "tenant/y").string();
    test::write_file(first, "");
    for (int i = 0; i <= limit / 2; ++i) {
        ASSERT_EQ(::rename(first.c_str(), second.c_str()), 0);
        ASSERT_EQ(::rename(second.c_str(), first.c_str()), 0);
    }
    ASSERT_EQ(::utimensat(AT_FDCWD, first.c_str(), old, 0), 0);
    test::write_file(top_ / "neighbour/a/.htaccess", "DirectoryIndex lost.html\n");
    made_for_both();
    const auto& settings = sections_->node(kNeighbour, (top_ / "neighbour/a").string()).settings;
    EXPECT_TRUE(settings.directory_index) << "its event was lost, and it was seen all the same";
    fs::rename(top_ / "neighbour/a/.htaccess", top_ / "neighbour/a/gone");
    made_for_both();
    EXPECT_FALSE(
        sections_->node(kNeighbour, (top_ / "neighbour/a").string()).settings.directory_index
    ) << "it is watched again";
}

TEST_F(MergedSections, OfOneHostDoNotDriveOutThoseOfAnother) {
    EXPECT_EQ(made_for_both(), 2U);
    const auto before = sections_->made();
    for (std::size_t i = 0; i < 2 * site::KeptNodes::kNodesMax; ++i) {
        sections_->node(kTenant, (top_ / fmt::format("tenant/{}", i)).string());
        if (i % 1000 == 0) {
            sections_->refresh();
        }
    }
    const auto made = sections_->made();
    EXPECT_EQ(made, before + 2 * site::KeptNodes::kNodesMax);
    sections_->refresh();
    EXPECT_EQ(fallback(kNeighbour, "neighbour/a"), "/neighbour");
    EXPECT_EQ(sections_->made(), made) << "the neighbour's has been kept";
}

// Nobody tells of changes in a directory that must not be read: only who asks for it looks each
// time.
TEST_F(MergedSections, BesideADirectoryThatCannotBeWatchedAreKept) {
    ASSERT_EQ(::chmod((top_ / "tenant").c_str(), 0311), 0);
    ASSERT_EQ(::chmod(top_.c_str(), 0755), 0);
    const auto user = ::geteuid();
    if (user == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    made_for_both();
    const auto made = made_for_both();
    EXPECT_EQ(::seteuid(user), 0);
    ASSERT_EQ(::chmod((top_ / "tenant").c_str(), 0755), 0);
    EXPECT_LE(made, 1U);
}

}  // namespace
