#include "core/base/foreign/dbm.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/unit/sdbm_file.h"

namespace {

namespace fs = std::filesystem;

class DbmTest : public testing::Test {
protected:
    void SetUp() override {
        name_ = testing::TempDir() + "dbm_test_" +
                testing::UnitTest::GetInstance()->current_test_info()->name();
    }
    void TearDown() override {
        fs::remove(name_ + ".pag");
        fs::remove(name_ + ".dir");
    }
    std::string name_;
};

TEST_F(DbmTest, FindsWhatHasBeenWritten) {
    test::write_sdbm(name_, {{"a", "one"}, {"/app", "dp1"}, {"empty", ""}});
    const auto file = base::Dbm::open(name_);
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(**file->find("a"), "one");
    EXPECT_EQ(**file->find("/app"), "dp1");
    EXPECT_EQ(**file->find("empty"), "");
    EXPECT_FALSE(file->find("b")->has_value());
    EXPECT_FALSE(file->find("")->has_value());
    EXPECT_FALSE(file->find(std::string(100'000, 'k'))->has_value());
}

TEST_F(DbmTest, SaysWhyItCannotBeOpened) {
    const auto file = base::Dbm::open(name_);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().what, "open " + name_ + ".pag: No such file or directory");
}

// Its pages have been split many times.
TEST_F(DbmTest, FindsEachOfManyKeys) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (int i = 0; i < 5000; ++i) {
        entries.emplace_back("key" + std::to_string(i) + "\xc3\xa4", "value" + std::to_string(i));
    }
    test::write_sdbm(name_, entries);
    const auto file = base::Dbm::open(name_);
    ASSERT_TRUE(file) << file.error().what;
    for (const auto& [key, value] : entries) {
        const auto found = file->find(key);
        ASSERT_TRUE(found) << found.error().what;
        EXPECT_EQ(*found, value);
    }
    EXPECT_FALSE(file->find("key5000")->has_value());
}

// Nobody would ever write into it.
TEST_F(DbmTest, IsNoPipe) {
    for (const char* pipe : {".dir", ".pag"}) {
        std::ofstream(name_ + ".dir") << "";
        std::ofstream(name_ + ".pag") << "";
        fs::remove(name_ + pipe);
        ASSERT_EQ(::mkfifo((name_ + pipe).c_str(), 0600), 0);
        const auto file = base::Dbm::open(name_);
        ASSERT_FALSE(file);
        EXPECT_EQ(file.error().what, name_ + pipe + " is not a regular file");
        fs::remove(name_ + pipe);
    }
}

TEST_F(DbmTest, FindsNothingInAFileOfAnotherKind) {
    std::ofstream(name_ + ".dir") << "";
    std::ofstream(name_ + ".pag") << std::string(4096, '\xff');
    const auto file = base::Dbm::open(name_);
    ASSERT_TRUE(file) << file.error().what;
    const auto found = file->find("a");
    EXPECT_TRUE(!found || !found->has_value());
}

}  // namespace
