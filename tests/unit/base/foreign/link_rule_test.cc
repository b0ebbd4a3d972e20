#include "core/base/foreign/link_rule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>

#include "tests/support/name_swap.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace fs = std::filesystem;
using base::LinkRule;

namespace {

constexpr uid_t kNeighbour = 12345;

class OpenedFiles : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(tmp_ / "site/sub");
        fs::create_directories(tmp_ / "neighbour");
        test::write_file(tmp_ / "site/sub/page", "own");
        test::write_file(tmp_ / "neighbour/page", "secret");
        // The components of the temporary directory itself, and that of "site".
        site_ = static_cast<std::size_t>(std::ranges::count(tmp_ / "site", '/'));
    }
    // "" where it is not open; then error_ says why.
    std::string read(const std::string& name, const LinkRule& rule) {
        const auto file = base::open_file(tmp_ / name, rule);
        error_ = file.error;
        std::array<char, 64> text{};
        const auto size =
            file.fd.is_open() ? ::read(file.fd.get(), text.data(), text.size()) : ssize_t{0};
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }
    [[nodiscard]] LinkRule none() const { return {site_ + 1, false}; }
    [[nodiscard]] LinkRule of_owner() const { return {site_ + 1, true}; }

    test::TempDir tmp_;
    std::size_t site_ = 0;
    int error_ = 0;
};

TEST_F(OpenedFiles, AreReadWhereNoLinkStands) {
    for (const LinkRule& rule : {LinkRule{}, none(), of_owner()}) {
        EXPECT_EQ(read("site/sub/page", rule), "own");
        EXPECT_EQ(read("site/sub/missing", rule), "");
        EXPECT_EQ(error_, ENOENT);
        EXPECT_EQ(read("site/sub/page/below", rule), "");
        EXPECT_EQ(error_, ENOTDIR);
    }
}

// What this process has open is nobody's static file: memory that processes share has no other
// name.
TEST_F(OpenedFiles, AreNeverWhatADescriptorOfThisProcessIsOpenOn) {
    const base::Fd memory(::memfd_create("requests", MFD_CLOEXEC));
    ASSERT_EQ(::write(memory.get(), "secret", 6), 6);
    fs::create_symlink(fmt::format("/proc/self/fd/{}", memory.get()), tmp_ / "site/sub/link");
    fs::create_symlink("/proc/self/fd", tmp_ / "site/open");
    const auto by_directory = fmt::format("site/open/{}", memory.get());
    for (const LinkRule& rule : {LinkRule{}, of_owner(), none()}) {
        EXPECT_EQ(read("site/sub/link", rule), "");
        EXPECT_EQ(error_, ELOOP);
        EXPECT_EQ(read(by_directory, rule), "");
        // Where the owner decides, the text of the link is what counts, and it is no file's name.
        EXPECT_EQ(error_, rule == of_owner() ? ENOENT : ELOOP);
    }
}

TEST_F(OpenedFiles, AreReadThroughLinksOnlyWhereTheRuleSaysSo) {
    fs::create_symlink("../../neighbour/page", tmp_ / "site/sub/link");
    fs::create_symlink(tmp_ / "neighbour", tmp_ / "site/away");
    for (const char* name : {"site/sub/link", "site/away/page"}) {
        EXPECT_EQ(read(name, {}), "secret") << name;
        EXPECT_EQ(read(name, of_owner()), "secret") << name << ": one owner for all";
        EXPECT_EQ(read(name, none()), "") << name;
        EXPECT_EQ(error_, ELOOP) << name;
    }
}

TEST_F(OpenedFiles, AreReadThroughLinksThatStandBeforeTheFirstThatIsLookedAt) {
    fs::create_symlink(tmp_ / "site", tmp_ / "linked");
    EXPECT_EQ(read("linked/sub/page", none()), "own");
    EXPECT_EQ(read("linked/sub/page", {site_, false}), "") << "looked at, now";
}

TEST_F(OpenedFiles, OfAnotherOwnerAreNotReadThroughALink) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    ASSERT_EQ(::chown((tmp_ / "neighbour/page").c_str(), kNeighbour, kNeighbour), 0);
    fs::create_symlink("../../neighbour/page", tmp_ / "site/sub/link");
    EXPECT_EQ(read("site/sub/link", of_owner()), "");
    EXPECT_EQ(error_, ELOOP);
    ASSERT_EQ(::lchown((tmp_ / "site/sub/link").c_str(), kNeighbour, kNeighbour), 0);
    EXPECT_EQ(read("site/sub/link", of_owner()), "secret");
}

TEST_F(OpenedFiles, NeverWaitForAWriter) {
    ASSERT_EQ(::mkfifo((tmp_ / "site/sub/pipe").c_str(), 0600), 0);
    for (const LinkRule& rule : {LinkRule{}, none(), of_owner()}) {
        EXPECT_EQ(read("site/sub/pipe", rule), "");
        EXPECT_EQ(error_, 0);
    }
}

// Until both what is permitted and what is not have been met often, so that the names did change
// places meanwhile.
void expect_never_the_secret(
    const std::function<std::string()>& read, const std::string& one, const std::string& other
) {
    constexpr int kEach = 2000;
    const test::NameSwap swap(one, other);
    for (int own = 0, refused = 0; own < kEach || refused < kEach;) {
        const std::string text = read();
        ASSERT_NE(text, "secret") << "after " << own << " and " << refused;
        ++(text == "own" ? own : refused);
    }
}

TEST_F(OpenedFiles, AreNeverTheNeighboursWhileAFileIsExchangedForALink) {
    fs::create_symlink(tmp_ / "neighbour/page", tmp_ / "site/sub/link");
    expect_never_the_secret(
        [&] { return read("site/sub/page", none()); },
        tmp_ / "site/sub/page",
        tmp_ / "site/sub/link"
    );
}

TEST_F(OpenedFiles, AreNeverTheNeighboursWhileADirectoryIsExchangedForALink) {
    fs::create_symlink(tmp_ / "neighbour", tmp_ / "site/away");
    expect_never_the_secret(
        [&] { return read("site/sub/page", none()); }, tmp_ / "site/sub", tmp_ / "site/away"
    );
}

TEST_F(OpenedFiles, AreNeverAnotherOwnersWhileALinkIsExchangedForAnother) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    ASSERT_EQ(::chown((tmp_ / "neighbour/page").c_str(), kNeighbour, kNeighbour), 0);
    fs::create_symlink("page", tmp_ / "site/sub/mine");
    fs::create_symlink(tmp_ / "neighbour/page", tmp_ / "site/sub/other");
    expect_never_the_secret(
        [&] { return read("site/sub/mine", of_owner()); },
        tmp_ / "site/sub/mine",
        tmp_ / "site/sub/other"
    );
}

}  // namespace
