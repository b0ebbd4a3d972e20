// What is kept about .htaccess files: who asks the same gets the same, and room is made by whoever
// has most.
#include "core/site/sections/htaccess_entries.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

using site::HtaccessEntry;

class HtaccessEntries : public testing::Test {
protected:
    HtaccessEntry& ask(std::string_view directory, std::uint32_t host = 0) {
        return entries_.ask({
            .directory = directory,
            .names = names_,
            .allowed = kEverything,
            .allowed_list = list_,
            .options = config::option::kFollowSymLinks,
            .host = host,
        });
    }
    // One that has been looked at, and is used in turn number `turn`.
    HtaccessEntry& add(
        std::string_view directory, std::uint32_t host, std::uint64_t turn, std::size_t bytes = 0
    ) {
        auto& entry = ask(directory, host);
        entry.used_in_turn = turn;
        look(entry, bytes);
        return entry;
    }
    void look(HtaccessEntry& entry, std::size_t bytes = 0, bool is_watched = true) {
        entries_.begin_look(entry);
        entry.bytes = bytes;
        entry.is_watched = is_watched;
        entries_.end_look(entry);
    }

    static constexpr config::AllowOverride kEverything{config::override_class::kAll, std::nullopt};
    std::vector<std::string> names_ = {".htaccess"};
    std::vector<std::string> list_;
    site::HtaccessEntries entries_;
};

TEST_F(HtaccessEntries, AreTheSameForTheSameQuestion) {
    auto& entry = ask("/www/site");
    EXPECT_TRUE(entry.is_stale) << "nobody has looked yet";
    EXPECT_EQ(&ask("/www/site/"), &entry);
    EXPECT_NE(&ask("/www"), &entry);
    names_ = {"other"};
    EXPECT_NE(&ask("/www/site"), &entry);
}

TEST_F(HtaccessEntries, AreFoundByTheNumberOfTheLastLookOnly) {
    auto& entry = ask("/www");
    EXPECT_EQ(entries_.begin_look(entry), 0U);
    entries_.end_look(entry);
    const auto first = entry.id;
    EXPECT_EQ(entries_.find(first), &entry);
    EXPECT_EQ(entries_.begin_look(entry), first);
    entries_.end_look(entry);
    EXPECT_EQ(entries_.find(first), nullptr);
    EXPECT_EQ(entries_.find(entry.id), &entry);
    EXPECT_EQ(entries_.count(), 1U);
}

TEST_F(HtaccessEntries, KnowWhetherThereIsOneThatNobodyWatches) {
    auto& entry = ask("/www");
    look(entry, 0, false);
    EXPECT_TRUE(entries_.has_unwatched());
    look(entry);
    EXPECT_FALSE(entries_.has_unwatched());
}

TEST_F(HtaccessEntries, WeighWhatTheirFilesHaveBecomeLast) {
    auto& entry = ask("/www");
    look(entry, site::HtaccessEntries::kBytesMax + 1);
    EXPECT_TRUE(entries_.is_full());
    look(entry, site::HtaccessEntries::kBytesMax - 10);
    EXPECT_FALSE(entries_.is_full());
    entries_.add_bytes(11);  // of another, which a thread has read
    EXPECT_TRUE(entries_.is_full());
}

TEST_F(HtaccessEntries, MakeRoomWhereMostIsAndOfWhatWasNotAskedForLately) {
    std::vector<site::HtaccessEntries::Id> ids;
    for (std::uint64_t i = 0; i < 10; ++i) {
        ids.push_back(add(fmt::format("/many/{}", i), 1, i).id);
    }
    auto& other = add("/few", 2, 0);
    auto gone = entries_.make_room();
    std::ranges::sort(gone);
    EXPECT_EQ(gone, (std::vector(ids.begin(), ids.begin() + 6)));
    EXPECT_EQ(entries_.find(ids.front()), nullptr);
    EXPECT_NE(entries_.find(ids.back()), nullptr);
    EXPECT_EQ(entries_.find(other.id), &other);
    EXPECT_EQ(entries_.count(), 5U);
}

TEST_F(HtaccessEntries, CountOneLargeFileAsManyDirectories) {
    for (int i = 0; i < 10; ++i) {
        add(fmt::format("/many/{}", i), 1, 1);
    }
    const auto large = add("/large", 2, 1, 1 << 20).id;
    EXPECT_EQ(entries_.make_room(), std::vector{large});
}

TEST_F(HtaccessEntries, AreAllDoubtedTogether) {
    auto& one = add("/one", 1, 1);
    auto& two = add("/two", 2, 1);
    entries_.doubt_all();
    EXPECT_TRUE(one.is_doubtful && two.is_doubtful);
}

}  // namespace
