// Who a process is: names → numbers, and the way from root to them, walked in a child.
#include "ipc/privileges.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "ipc/spawn.h"

namespace {

TEST(IpcPrivileges, StayWhoWeAreWhereNothingIsConfigured) {
    const auto identity = ipc::resolve_identity("", "");
    ASSERT_TRUE(identity);
    EXPECT_FALSE(identity->changes);
    EXPECT_EQ(identity->uid, ::geteuid());
    EXPECT_EQ(identity->gid, ::getegid());
}

TEST(IpcPrivileges, AreFoundByName) {
    const auto identity = ipc::resolve_identity("root", "");
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->uid, 0U);
    EXPECT_EQ(identity->gid, 0U);
    EXPECT_EQ(identity->user_name, "root");
    EXPECT_EQ(identity->home, ::getpwuid(0)->pw_dir);
    EXPECT_EQ(identity->changes, ::geteuid() == 0);
}

TEST(IpcPrivileges, AreFoundByNumberWithoutAName) {
    const auto identity = ipc::resolve_identity("#54321", "#54322");
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->uid, 54321U);
    EXPECT_EQ(identity->gid, 54322U);
    EXPECT_EQ(identity->user_name, "");
    EXPECT_EQ(identity->home, "");
}

TEST(IpcPrivileges, TakeTheGroupThatIsNamed) {
    const auto identity = ipc::resolve_identity("root", "nogroup");
    if (!identity) {
        GTEST_SKIP() << "this machine has no group \"nogroup\"";
    }
    EXPECT_EQ(identity->uid, 0U);
    EXPECT_NE(identity->gid, 0U);
}

TEST(IpcPrivileges, NameWhatIsMissing) {
    const auto user = ipc::resolve_identity("nobody-by-that-name", "");
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().fault, base::Fault::kConfig);
    EXPECT_NE(user.error().what.find("user \"nobody-by-that-name\""), std::string::npos);
    const auto group = ipc::resolve_identity("root", "no-group-by-that-name");
    ASSERT_FALSE(group);
    EXPECT_NE(group.error().what.find("group \"no-group-by-that-name\""), std::string::npos);
}

TEST(IpcPrivileges, NameWhatIsNoNumber) {
    for (const char* const text : {"#", "#x", "#1x", "#-1", "# 1", "#99999999999"}) {
        const auto identity = ipc::resolve_identity(text, "");
        ASSERT_FALSE(identity) << text;
        EXPECT_NE(identity.error().what.find(text), std::string::npos) << identity.error().what;
    }
}

// A file may belong to a number that no account has.
TEST(IpcPrivileges, OfOwnersNeedNoAccount) {
    EXPECT_EQ(ipc::resolve_owner("#64999", "").value_or(0), 64999U);
    EXPECT_EQ(ipc::resolve_owner("", "#64998").value_or(0), 64998U);
    EXPECT_EQ(ipc::resolve_owner("root", "").value_or(1), 0U);
    EXPECT_FALSE(ipc::resolve_owner("no-such-user", ""));
    EXPECT_FALSE(ipc::resolve_owner("", "no-such-group"));
}

int exit_code_of(const std::function<int()>& body) {
    const auto pid = ipc::spawn({}, body);
    EXPECT_TRUE(pid.has_value());
    int status = 0;
    EXPECT_EQ(::waitpid(*pid, &status, 0), *pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(IpcPrivileges, CannotGrowAgain) {
    // Whether or not there is anything to give up: no program that this process starts gets more.
    EXPECT_EQ(
        exit_code_of([] {
            return ipc::become({}) && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
        }),
        0
    );
}

TEST(IpcPrivileges, GrowThroughProgramsOnlyWhereThatIsAllowed) {
    EXPECT_EQ(
        exit_code_of([] {
            const auto became = ipc::become({}, ipc::NewPrivileges::kAllowed);
            return became && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 0 : 1;
        }),
        0
    );
}

TEST(IpcPrivileges, AreGivenUpForGood) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root has something to give up";
    }
    EXPECT_EQ(
        exit_code_of([] {
            const auto identity = ipc::resolve_identity("#54321", "#54322");
            if (!identity || !ipc::become(*identity)) {
                return 1;
            }
            uid_t real = 0;
            uid_t effective = 0;
            uid_t saved = 0;
            ::getresuid(&real, &effective, &saved);
            if (real != 54321 || effective != 54321 || saved != 54321) {
                return 2;
            }
            gid_t gid = 0;
            gid_t effective_gid = 0;
            gid_t saved_gid = 0;
            ::getresgid(&gid, &effective_gid, &saved_gid);
            if (gid != 54322 || effective_gid != 54322 || saved_gid != 54322) {
                return 3;
            }
            if (::getgroups(0, nullptr) != 0) {
                return 4;  // root's supplementary groups
            }
            return ::setuid(0) == 0 || ::setgid(0) == 0 ? 5 : 0;
        }),
        0
    );
}

TEST(IpcPrivileges, OfAnotherUserAreAnError) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody who then tries";
    }
    EXPECT_EQ(
        exit_code_of([] {
            ipc::Identity identity;
            identity.changes = true;
            identity.uid = identity.gid = 54321;
            if (!ipc::become(identity)) {
                return 1;
            }
            identity.uid = identity.gid = 54322;
            return ipc::become(identity) ? 2 : 0;
        }),
        0
    );
}

}  // namespace
