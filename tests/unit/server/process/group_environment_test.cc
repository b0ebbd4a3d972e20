// Which variables a daemon process has of those that the server was started with.
#include "core/server/process/group_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using testing::ElementsAre;

const std::vector<std::string> kStartedWith = {
    "PATH=/usr/bin",
    "PATHOLOGY=secret",
    "LC_ALL=C",
    "TZ=UTC",
    "PYTHONHASHSEED=1",
    "DATABASE_URL=postgres://u:p=w@h/d",
    "DJANGO_SECRET=s",
    "DJANGO_SETTINGS_MODULE=m",
    "_=/bin/hoopsnake",
};

std::vector<std::string> passed(std::vector<std::string> names) {
    config::DaemonGroup group;
    group.pass_environment = std::move(names);
    return server::environment_of(group, kStartedWith);
}

TEST(ServerGroupEnvironment, IsWhatAnyProgramNeeds) {
    EXPECT_THAT(passed({}), ElementsAre("PATH=/usr/bin", "LC_ALL=C", "TZ=UTC", "PYTHONHASHSEED=1"));
}

TEST(ServerGroupEnvironment, HasWhatTheGroupNames) {
    EXPECT_THAT(
        passed({"DATABASE_URL", "DJANGO_*", "ABSENT"}),
        ElementsAre(
            "PATH=/usr/bin",
            "LC_ALL=C",
            "TZ=UTC",
            "PYTHONHASHSEED=1",
            "DATABASE_URL=postgres://u:p=w@h/d",
            "DJANGO_SECRET=s",
            "DJANGO_SETTINGS_MODULE=m"
        )
    );
    EXPECT_EQ(passed({"DATABASE"}), passed({}));
}

TEST(ServerGroupEnvironment, MayBeAllOfIt) { EXPECT_EQ(passed({"*"}), kStartedWith); }

}  // namespace
