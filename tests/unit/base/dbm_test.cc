#include "core/base/dbm.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

TEST_F(DbmTest, FindsNothingInAFileOfAnotherKind) {
    std::ofstream(name_ + ".dir") << "";
    std::ofstream(name_ + ".pag") << std::string(4096, '\xff');
    const auto file = base::Dbm::open(name_);
    ASSERT_TRUE(file) << file.error().what;
    const auto found = file->find("a");
    EXPECT_TRUE(!found || !found->has_value());
}

}  // namespace
