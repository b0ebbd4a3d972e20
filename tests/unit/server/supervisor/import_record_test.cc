// Which imports the next server process leaves to the first request: those that have ended two.
#include "core/server/supervisor/import_record.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace test {
namespace {

class ImportRecord : public testing::Test {
protected:
    ImportRecord() {
        config_.hosts.emplace_back();
        config_.embedded_threads = 1;
        for (const char* name : {"a", "b"}) {
            config::ImportScript& script = config_.import_scripts.emplace_back();
            script.script = std::string("/srv/") + name + ".py";
            script.process_group = "%{GLOBAL}";
            script.application_group = name;
        }
        record_.emplace(config_);
        table_ = ipc::RequestTable::create(3).value();
    }
    // While it did that in the slot of `thread`.
    void die(
        const std::string& method, const std::string& target, int thread = 3, bool was_sound = false
    ) {
        table_.begin(thread, method, target, std::chrono::steady_clock::now());
        record_->on_died(table_, was_sound, {});
        table_.clear();
    }
    using Groups = std::vector<std::string>;
    [[nodiscard]] Groups left_out() const { return record_->left_out(); }

    config::Config config_;
    std::optional<server::ImportRecord> record_;
    ipc::RequestTable table_;
};

TEST_F(ImportRecord, LeavesOutWhatHasEndedTwoProcesses) {
    die("import of", "/srv/a.py");
    EXPECT_EQ(left_out(), Groups{});
    die("import of", "/srv/b.py");
    EXPECT_EQ(left_out(), Groups{});
    die("import of", "/srv/a.py");
    EXPECT_EQ(left_out(), Groups{"a"});
}

TEST_F(ImportRecord, BlamesNoImportForARequest) {
    for (int i = 0; i < 3; ++i) {
        die("GET", "/srv/a.py", 3, true);
        die("import of", "/srv/a.py", 1, true);
    }
    EXPECT_EQ(left_out(), Groups{});
}

TEST_F(ImportRecord, GivesAnotherChanceOnceAProcessHasServedForLong) {
    die("import of", "/srv/a.py");
    die("import of", "/srv/a.py");
    die("import of", "/srv/b.py", 3, true);
    EXPECT_EQ(left_out(), Groups{});
    die("import of", "/srv/b.py", 3, true);
    EXPECT_EQ(left_out(), Groups{"b"}) << "it may take long to end a process";
}

TEST_F(ImportRecord, LeavesAllOutWhereProcessesEndSoonOfSomethingElse) {
    for (int i = 1; i < server::ImportRecord::kShortLivesMost; ++i) {
        die("GET", "/", 1);
        EXPECT_EQ(left_out(), Groups{});
    }
    die("GET", "/", 1);
    EXPECT_EQ(left_out(), (Groups{"a", "b"}));
    die("GET", "/", 1, true);
    EXPECT_EQ(left_out(), Groups{});
}

TEST_F(ImportRecord, KnowsANameThatIsTooLongForTheTable) {
    const std::string name(500, 'n');
    config_.import_scripts[0].script = "/srv/" + name;
    record_.emplace(config_);
    die("import of", "/srv/" + name);
    die("import of", "/srv/" + name);
    EXPECT_EQ(left_out(), Groups{"a"});
}

}  // namespace
}  // namespace test
