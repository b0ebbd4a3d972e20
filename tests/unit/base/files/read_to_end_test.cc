#include "core/base/files/read_to_end.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/system/fd.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

class ReadToEnd : public testing::Test {
protected:
    // The text, or why there is none.
    [[nodiscard]] static std::string rest_of(const base::Fd& file, std::size_t bytes_max) {
        const auto text = base::read_to_end(file.get(), bytes_max, "read it");
        return text ? *text : text.error().what;
    }
    base::Fd file_of(std::string_view text) {
        test::write_file(path_, text);
        return base::Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    }
    test::TempDir tmp_;
    const std::string path_ = tmp_ / "file";
};

TEST_F(ReadToEnd, GivesWhatIsLeft) {
    const base::Fd file = file_of("0123456789");
    ASSERT_EQ(::lseek(file.get(), 4, SEEK_SET), 4);
    EXPECT_EQ(rest_of(file, 100), "456789");
    EXPECT_EQ(rest_of(file, 100), "");
}

TEST_F(ReadToEnd, TakesAsMuchAsItsBound) {
    EXPECT_EQ(rest_of(file_of("0123456789"), 10), "0123456789");
    EXPECT_EQ(rest_of(file_of("0123456789"), 9), "read it: larger than 9 bytes");
    EXPECT_EQ(
        rest_of(file_of(std::string((1 << 20) + 1, 'x')), 1 << 20), "read it: larger than 1 MiB"
    );
}

TEST_F(ReadToEnd, ReadsManyPieces) {
    const std::string text = test::repeat("0123456789", 50000);
    EXPECT_EQ(rest_of(file_of(text), text.size()), text);
}

TEST_F(ReadToEnd, ReadsWhatHasNoSize) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const base::Fd reader(ends[0]);
    {
        const base::Fd writer(ends[1]);
        ASSERT_EQ(::write(writer.get(), "said", 4), 4);
    }
    EXPECT_EQ(rest_of(reader, 100), "said");
}

TEST_F(ReadToEnd, SaysWhyNot) {
    const base::Fd directory(::open(tmp_.path().c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(rest_of(directory, 100), "read it: Is a directory");
}

}  // namespace
