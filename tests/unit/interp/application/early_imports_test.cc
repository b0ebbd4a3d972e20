// Who loads the scripts of an application group before its first request, and who waits for that.
#include "interp/application/early_imports.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace {

using interp::EarlyImports;
using namespace std::chrono_literals;

const std::vector<interp::EarlyImport> kScripts{{"/a", "x"}, {"/b", ""}, {"/c", "x"}};

TEST(EarlyImports, AreLoadedOnceInTheirOrder) {
    EarlyImports imports(kScripts, 1h);
    {
        const EarlyImports::Turn turn(imports, "x");
        ASSERT_EQ(turn.scripts().size(), 2U);
        EXPECT_EQ(turn.scripts()[0].script_filename, "/a");
        EXPECT_EQ(turn.scripts()[1].script_filename, "/c");
        EXPECT_TRUE(EarlyImports::Turn(imports, "x").scripts().empty()) << "somebody has begun";
        EXPECT_EQ(EarlyImports::Turn(imports, "").scripts().size(), 1U) << "another group's";
    }
    EXPECT_TRUE(EarlyImports::Turn(imports, "x").scripts().empty());
    EXPECT_TRUE(imports.wait("x"));
    EXPECT_TRUE(imports.wait(""));
}

TEST(EarlyImports, OfNoneAreNotWaitedFor) {
    EarlyImports imports(kScripts, 1h);
    EXPECT_TRUE(EarlyImports::Turn(imports, "y").scripts().empty());
    EXPECT_TRUE(imports.wait("y"));
}

TEST(EarlyImports, AreWaitedForUntilTheyHaveBeenLoaded) {
    EarlyImports imports(kScripts, 1h);
    std::optional<EarlyImports::Turn> turn(std::in_place, imports, "x");
    bool has_waited = false;
    std::thread other([&] { has_waited = imports.wait("x"); });
    turn.reset();
    other.join();
    EXPECT_TRUE(has_waited);
}

TEST(EarlyImports, AreNotWaitedForForEver) {
    EarlyImports imports(kScripts, 0ms);
    std::optional<EarlyImports::Turn> turn(std::in_place, imports, "x");
    EXPECT_FALSE(imports.wait("x"));
    turn.reset();
    EXPECT_TRUE(imports.wait("x")) << "late, but there";
}

}  // namespace
