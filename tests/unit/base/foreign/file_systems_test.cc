#include "core/base/foreign/file_systems.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/system/fd.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

using base::MountTable;
using base::size_of_local_file;

TEST(MountTable, KnowsWhatTheKernelItselfReads) {
    const MountTable table(
        "21 28 0:19 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
        "28 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw\n"
        "30 28 0:25 / /tmp\\040dir rw - tmpfs tmpfs rw\n"
        "31 28 0:26 / /home/tenant/mnt rw,nosuid,nodev - fuse.sshfs tenant@far:/ rw\n"
        "32 28 0:27 / /srv rw shared:9 master:2 - nfs4 server:/srv rw,vers=4.2\n"
        "33 28 8:1 / /media rw - fuseblk /dev/sda1 rw\n"
        "34 28 0:28 / /docker rw - overlay overlay rw,lowerdir=/l - ext4\n"
        "35 28 0:29 / /share rw - cifs //far/share rw\n"
        "36 28 0:30 / /host rw - 9p host rw\n"
        "no line\n\n"
    );
    for (const std::uint64_t id : {28U, 30U, 34U}) {
        EXPECT_TRUE(table.is_local(id)) << id;
    }
    for (const std::uint64_t id : {21U, 31U, 32U, 33U, 35U, 36U, 37U, 0U}) {
        EXPECT_FALSE(table.is_local(id)) << id;
    }
}

TEST(MountTable, KnowsWhatMayNeverAnswer) {
    const MountTable table(
        "21 28 0:19 / /sys rw - sysfs sysfs rw\n"
        "28 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n"
        "31 28 0:26 / /home/a\\040tenant/mnt rw - fuse.sshfs tenant@far:/ rw\n"
        "32 28 0:27 / /srv rw shared:9 - nfs4 server:/srv rw,vers=4.2\n"
        "33 28 0:31 / /srv/deeper rw - cifs //far/share rw\n"
        "34 28 0:32 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
    );
    EXPECT_TRUE(table.has_slow());
    EXPECT_TRUE(table.is_slow(31));
    EXPECT_TRUE(table.is_slow(32));
    EXPECT_FALSE(table.is_slow(21));
    EXPECT_FALSE(table.is_slow(28));
    EXPECT_FALSE(table.is_slow(34));
    EXPECT_EQ(table.slow_above("/home/a tenant/mnt/file"), "/home/a tenant/mnt");
    EXPECT_EQ(table.slow_above("/srv"), "/srv");
    EXPECT_EQ(table.slow_above("/srv/deeper/file"), "/srv/deeper");
    EXPECT_EQ(table.slow_above("/srvother/file"), "");
    EXPECT_EQ(table.slow_above("/var/www"), "");
    EXPECT_FALSE(MountTable("28 1 259:1 / / rw - ext4 /dev/sda rw\n").has_slow());
}

TEST(SizeOfLocalFile, IsThatOfARegularFileOnly) {
    const test::TempDir tmp;
    test::write_file(tmp / "file", "four");
    const base::Fd file(::open((tmp / "file").c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(size_of_local_file(file.get()), 4U);
    for (const char* other : {"/dev/zero", "/proc/self/status", "/proc/self/mem", "/"}) {
        const base::Fd fd(::open(other, O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(fd.is_open()) << other;
        EXPECT_EQ(size_of_local_file(fd.get()), std::nullopt) << other;
    }
    int pipe[2] = {-1, -1};
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const base::Fd read(pipe[0]);
    const base::Fd write(pipe[1]);
    EXPECT_EQ(size_of_local_file(read.get()), std::nullopt);
    EXPECT_EQ(size_of_local_file(-1), std::nullopt);
}
