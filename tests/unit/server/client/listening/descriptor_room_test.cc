// Whether one more connection has a descriptor.
#include "core/server/client/listening/descriptor_room.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "core/base/system/fd.h"

namespace test {
namespace {

using server::DescriptorRoom;

TEST(DescriptorRoom, LeavesThoseAboveTheHighestToOthers) {
    const DescriptorRoom room(100);
    EXPECT_TRUE(room.may_be_a_connection(100));
    EXPECT_FALSE(room.may_be_a_connection(101));
}

TEST(DescriptorRoom, HasOneWhereTheLowestThatIsFreeMayBeAConnection) {
    const base::Fd open(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const base::Fd lowest(::fcntl(open.get(), F_DUPFD_CLOEXEC, 0));
    const base::Fd next(::fcntl(open.get(), F_DUPFD_CLOEXEC, lowest.get()));
    EXPECT_FALSE(DescriptorRoom(next.get()).has_one(open.get())) << "all of them are taken";
    EXPECT_TRUE(DescriptorRoom(1 << 20).has_one(open.get()));
}

TEST(DescriptorRoom, IsFullOnceUntilThereIsOneAgain) {
    DescriptorRoom room;
    EXPECT_FALSE(room.is_full());
    EXPECT_TRUE(room.become_full());
    EXPECT_FALSE(room.become_full()) << "the log has been told";
    EXPECT_TRUE(room.is_full());
    room.become_free();
    EXPECT_FALSE(room.is_full());
    EXPECT_TRUE(room.become_full()) << "told again";
}

}  // namespace
}  // namespace test
