// RewriteMap: files, what happens when they change, and the rule sets of mod_wsgi's documentation
// that choose groups by them.
#include "core/site/rewrite/rewrite_map.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/base/system/log.h"
#include "tests/support/unit/sdbm_file.h"
#include "tests/unit/site/rewrite_world.h"

namespace {

namespace fs = std::filesystem;

class RewriteMapTest : public testing::Test {
protected:
    void SetUp() override {
        tree_ = fs::path(testing::TempDir()) / "rewrite_map" /
                testing::UnitTest::GetInstance()->current_test_info()->name();
        fs::create_directories(tree_);
        log_ = std::make_shared<base::Log>(
            base::Fd(
                ::open((tree_ / "log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)
            ),
            base::LogLevel::kWarn
        );
        base::set_main_log(log_);
    }
    void TearDown() override {
        base::set_main_log(base::log_to_standard_error(base::LogLevel::kWarn));
        fs::remove_all(tree_);
    }

    // Each text has a time of its own, as if it had been written a second after the last one.
    void write(const std::string& name, std::string_view text) {
        std::ofstream(tree_ / name) << text;
        set_time(name);
    }
    void set_time(const std::string& name) {
        fs::last_write_time(tree_ / name, fs::file_time_type::clock::now() + ++changes_);
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (tree_ / name).string();
    }
    [[nodiscard]] std::string logged() const {
        std::ifstream file(tree_ / "log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // The maps that `lines` define, looked at for every key.
    std::unique_ptr<site::RewriteMaps> maps_of(
        const std::string& lines, std::chrono::nanoseconds look_every = {}
    ) {
        EXPECT_EQ(world_.say("RewriteEngine On\n" + lines), "");
        auto maps = std::make_unique<site::RewriteMaps>(
            config::rewriting_of_host(world_.config, 0).maps, look_every
        );
        world_.means.maps = maps.get();
        return maps;
    }
    static std::string value(
        const site::RewriteMaps& maps, std::string_view name, std::string_view key
    ) {
        const auto found = maps.find(name, key);
        return found ? found->value : "(none)";
    }

    fs::path tree_;
    std::shared_ptr<base::Log> log_;
    test::RewriteWorld world_;
    std::chrono::seconds changes_{0};
};

TEST_F(RewriteMapTest, ReadsATextFileAsModRewriteDoes) {
    write(
        "t",
        "# comment value\n"
        "a one two\n"
        "  b\t\tthree\r\n"
        "a later\n"
        "lonely\n"
        "\n"
        "last four"
    );
    const auto maps = maps_of("RewriteMap m txt:" + path("t"));
    EXPECT_EQ(value(*maps, "m", "a"), "one");
    EXPECT_EQ(value(*maps, "m", "b"), "three");
    EXPECT_EQ(value(*maps, "m", "last"), "four");
    EXPECT_EQ(value(*maps, "m", "lonely"), "(none)");
    EXPECT_EQ(value(*maps, "m", "#"), "(none)");
    EXPECT_EQ(value(*maps, "m", ""), "(none)");
    EXPECT_EQ(value(*maps, "other", "a"), "(none)");
    EXPECT_EQ(logged(), "");
}

TEST_F(RewriteMapTest, Functions) {
    const auto maps = maps_of(
        "RewriteMap up int:toupper\nRewriteMap low int:tolower\n"
        "RewriteMap esc int:escape\nRewriteMap un int:unescape"
    );
    EXPECT_EQ(value(*maps, "up", "aB\xc3\xa4"), "AB\xc3\xa4");
    EXPECT_EQ(value(*maps, "low", "aB"), "ab");
    EXPECT_EQ(value(*maps, "esc", "/a b?%"), "/a%20b%3f%25");
    EXPECT_EQ(value(*maps, "un", "%41%2f%00%zz%4"), "A%2f%00%zz%4");
}

TEST_F(RewriteMapTest, ChoosesAmongAlternatives) {
    EXPECT_EQ(site::chosen("a|b|c", 0), "a");
    EXPECT_EQ(site::chosen("a|b|c", 4), "b");
    EXPECT_EQ(site::chosen("a|b|c", 2), "c");
    EXPECT_EQ(site::chosen("a", 7), "a");
    write("r", "k one|two\n");
    const auto maps = maps_of("RewriteMap m rnd:" + path("r"));
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        seen.insert(value(*maps, "m", "k"));
    }
    EXPECT_EQ(seen, (std::set<std::string>{"one", "two"}));
}

TEST_F(RewriteMapTest, AFileThatChangesIsReadAgain) {
    write("t", "k one\n");
    const auto maps = maps_of("RewriteMap m txt:" + path("t"));
    EXPECT_EQ(value(*maps, "m", "k"), "one");
    write("t", "k two\n");
    EXPECT_EQ(value(*maps, "m", "k"), "two");
    fs::remove(tree_ / "t");
    EXPECT_EQ(value(*maps, "m", "k"), "(none)");
    write("t", "k three\n");
    EXPECT_EQ(value(*maps, "m", "k"), "three");
}

TEST_F(RewriteMapTest, AFileIsLookedAtOnceInAWhile) {
    write("t", "k one\n");
    const auto maps = maps_of("RewriteMap m txt:" + path("t"), std::chrono::hours(1));
    EXPECT_EQ(value(*maps, "m", "k"), "one");
    write("t", "k two\n");
    EXPECT_EQ(value(*maps, "m", "k"), "one");
}

TEST_F(RewriteMapTest, AMissingFileIsLoggedOnce) {
    const auto maps = maps_of("RewriteMap m txt:" + path("t") + "\nRewriteMap d dbm:" + path("d"));
    EXPECT_EQ(value(*maps, "m", "k"), "(none)");
    EXPECT_EQ(value(*maps, "m", "k"), "(none)");
    EXPECT_EQ(value(*maps, "d", "k"), "(none)");
    const auto log = logged();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
    EXPECT_NE(
        log.find(
            "RewriteMap m: " + path("t") + ": No such file or directory; no key will be found in it"
        ),
        log.npos
    ) << log;
    EXPECT_NE(log.find("RewriteMap d: " + path("d.pag") + ": No such file"), log.npos) << log;
}

TEST_F(RewriteMapTest, AFileOfAnotherKindIsNamed) {
    write("d", "a file of Berkeley DB\n");
    const auto maps = maps_of("RewriteMap d dbm:" + path("d"));
    EXPECT_EQ(value(*maps, "d", "k"), "(none)");
    EXPECT_NE(logged().find("again with \"httxt2dbm -f SDBM -i TEXT -o "), std::string::npos);
}

TEST_F(RewriteMapTest, ADbmThatChangesIsOpenedAgain) {
    test::write_sdbm(path("d"), {{"k", "one"}, {"empty", ""}});
    set_time("d.pag");
    const auto maps = maps_of("RewriteMap d dbm=sdbm:" + path("d"));
    EXPECT_EQ(value(*maps, "d", "k"), "one");
    EXPECT_EQ(value(*maps, "d", "k"), "one");
    EXPECT_EQ(value(*maps, "d", "x"), "(none)");
    EXPECT_EQ(value(*maps, "d", "x"), "(none)");
    EXPECT_EQ(value(*maps, "d", "empty"), "");
    fs::remove(tree_ / "d.pag");
    fs::remove(tree_ / "d.dir");
    test::write_sdbm(path("d"), {{"k", "two"}, {"x", "y"}});
    set_time("d.pag");
    EXPECT_EQ(value(*maps, "d", "k"), "two");
    EXPECT_EQ(value(*maps, "d", "x"), "y");
}

TEST_F(RewriteMapTest, ManyThreadsAskWhileAFileChanges) {
    write("t", "k one\n");
    test::write_sdbm(path("d"), {{"k", "one"}});
    const auto maps = maps_of("RewriteMap m txt:" + path("t") + "\nRewriteMap d dbm:" + path("d"));
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 500; ++n) {
                const auto text = value(*maps, "m", "k");
                wrong += text != "one" && text != "two" && text != "(none)" ? 1 : 0;
                wrong += value(*maps, "d", "k") != "one" ? 1 : 0;
            }
        });
    }
    for (int i = 0; i < 50; ++i) {
        write("t", i % 2 == 0 ? "k two\n" : "k one\n");
        set_time("d.pag");
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

// Acceptance case 65: the process group of a script stands in a database file.
TEST_F(RewriteMapTest, ChoosesAProcessGroupByADatabase) {
    test::write_sdbm(path("wsgiprocmap.dbm"), {{"/a", "dp1"}, {"/b", "nobody"}});
    const auto maps = maps_of(
        "RewriteMap wsgiprocmap dbm:" + path("wsgiprocmap.dbm") +
        "\nRewriteRule . - [E=PROCESS_GROUP:${wsgiprocmap:%{REQUEST_URI}}]"
    );
    EXPECT_EQ(world_.ask("/a"), "nothing /a");
    EXPECT_EQ(world_.walk.environment.find("PROCESS_GROUP"), "dp1");
    world_.ask("/b");
    EXPECT_EQ(world_.walk.environment.find("PROCESS_GROUP"), "nobody");
    world_.ask("/c");
    EXPECT_EQ(world_.walk.environment.find("PROCESS_GROUP"), "");
}

// Acceptance case 182: each user's scripts run in an application group of their own.
TEST_F(RewriteMapTest, ChoosesAnApplicationGroupByUser) {
    const auto maps =
        maps_of("RewriteCond %{REQUEST_URI} ^/~([^/]+)\nRewriteRule . - [E=APPLICATION_GROUP:~%1]");
    EXPECT_EQ(world_.ask("/~bob/x.wsgi"), "nothing /~bob/x.wsgi");
    EXPECT_EQ(world_.walk.environment.find("APPLICATION_GROUP"), "~bob");
    world_.ask("/x");
    EXPECT_FALSE(world_.walk.environment.find("APPLICATION_GROUP"));
}

// Acceptance case 183: the live group is switched by writing a file.
TEST_F(RewriteMapTest, SwitchesAGroupByWritingAFile) {
    write("f", "current dp1\n");
    const auto maps = maps_of(
        "RewriteMap live txt:" + path("f") + "\nRewriteRule . - [E=PG:${live:current|dp2}]"
    );
    world_.ask("/");
    EXPECT_EQ(world_.walk.environment.find("PG"), "dp1");
    write("f", "current dp3\n");
    world_.ask("/");
    EXPECT_EQ(world_.walk.environment.find("PG"), "dp3");
    write("f", "# nothing\n");
    world_.ask("/");
    EXPECT_EQ(world_.walk.environment.find("PG"), "dp2");
}

// Acceptance case 40.
TEST_F(RewriteMapTest, PassesAPathOnToAnAlias) {
    const auto maps = maps_of("RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes]");
    EXPECT_EQ(world_.ask("/rw/x?z=2"), "uri /gs/x?q=1&z=2");
    EXPECT_EQ(world_.walk.environment.find("V"), "yes");
}

TEST_F(RewriteMapTest, KeysDefaultsAndNesting) {
    write("t", "a A\nA nested\nx:y colon\n");
    const auto maps = maps_of(
        "RewriteMap m txt:" + path("t") +
        "\nRewriteRule ^/1 /${m:${m:a}}"
        "\nRewriteRule ^/2 /${m:none|${m:a}}"
        "\nRewriteRule ^/3 /${m:x:y}"
        "\nRewriteRule ^/4/(.*) /${m:none|d$1}-${m:none}-${none:a|b}"
    );
    EXPECT_EQ(world_.ask("/1"), "file /srv/www/nested");
    EXPECT_EQ(world_.ask("/2"), "file /srv/www/A");
    EXPECT_EQ(world_.ask("/3"), "file /srv/www/colon");
    EXPECT_EQ(world_.ask("/4/e"), "file /srv/www/de--b");
}

}  // namespace
