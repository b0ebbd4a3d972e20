// Values ↔ bytes: a reader never passes its end, and says so.
#include "ipc/wire.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace {

using ipc::WireReader;
using ipc::WireWriter;

TEST(IpcWire, ReadsWhatWasWritten) {
    std::string bytes;
    {
        WireWriter writer(bytes);
        writer.number(std::uint8_t{1});
        writer.number(std::numeric_limits<std::uint64_t>::max());
        writer.number(std::int32_t{-5});
        writer.number(0.125);
        writer.text("");
        writer.text(std::string("a\0b", 3));
    }
    WireReader reader(bytes);
    EXPECT_TRUE(reader.boolean());
    EXPECT_EQ(reader.number<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(reader.number<std::int32_t>(), -5);
    EXPECT_EQ(reader.number<double>(), 0.125);
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.is_at_end());
    EXPECT_EQ(reader.text(), std::string("a\0b", 3));
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.is_at_end());
}

TEST(IpcWire, WritesMoreThanThereIsRoomFor) {
    std::string bytes = "before";
    const std::string large(100'000, 'l');
    {
        WireWriter writer(bytes);
        for (std::uint32_t i = 0; i < 1000; ++i) {
            writer.number(i);
        }
        writer.text(large);
    }
    ASSERT_EQ(bytes.substr(0, 6), "before");
    WireReader reader(std::string_view(bytes).substr(6));
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ASSERT_EQ(reader.number<std::uint32_t>(), i);
    }
    EXPECT_EQ(reader.text(), large);
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.is_at_end());
}

TEST(IpcWire, AppendsToWhatIsThere) {
    std::string bytes = "before";
    WireWriter(bytes).number(std::uint8_t{'!'});
    EXPECT_EQ(bytes, "before!");
}

TEST(IpcWire, YieldsNothingAfterTheFirstValueThatIsNotThere) {
    WireReader reader("abc");
    EXPECT_EQ(reader.number<std::uint32_t>(), 0U);
    EXPECT_FALSE(reader.ok());
    // There are three bytes, but whoever reads on has lost the thread.
    EXPECT_EQ(reader.number<std::uint8_t>(), 0U);
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.boolean());
    EXPECT_FALSE(reader.ok());
}

TEST(IpcWire, DoesNotBelieveALengthThatIsNotThere) {
    std::string bytes;
    WireWriter(bytes).number(std::numeric_limits<std::uint32_t>::max());
    bytes += "short";
    WireReader reader(bytes);
    EXPECT_TRUE(reader.text().empty());
    EXPECT_FALSE(reader.ok());
}

TEST(IpcWire, CountsNoMoreThanCouldBeThere) {
    const auto counted = [](std::uint32_t count, std::size_t bytes_behind, std::size_t bytes_each) {
        std::string bytes;
        WireWriter(bytes).number(count);
        bytes.append(bytes_behind, 'x');
        WireReader reader(bytes);
        const std::uint32_t result = reader.count(bytes_each);
        EXPECT_EQ(reader.ok(), result == count);
        return result;
    };
    EXPECT_EQ(counted(3, 12, 4), 3U);
    EXPECT_EQ(counted(3, 11, 4), 0U);
    EXPECT_EQ(counted(0, 0, 4), 0U);
    EXPECT_EQ(counted(0xffffffff, 12, 8), 0U);
}

}  // namespace
