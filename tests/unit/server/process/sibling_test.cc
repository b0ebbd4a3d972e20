// Which program runs a daemon process: told by pyvenv.cfg or lib/pythonX.Y, where such a program
// stands beside ours.
#include "core/server/process/sibling.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "interp/worker.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;

// No Python has this version, and no test that runs at the same time: the sibling that a test puts
// beside its own program is nobody else's.
const std::string kOther = "3." + std::to_string(::getpid());

class ServerSibling : public testing::Test {
protected:
    ServerSibling()
        : program_(fs::read_symlink("/proc/self/exe").parent_path() / ("hoopsnake-" + kOther)) {}
    ~ServerSibling() override { fs::remove(program_); }

    void install() const {
        std::ofstream(program_) << "#!/bin/false\n";
        fs::permissions(program_, fs::perms::owner_all);
    }
    // The sibling's path, "" where our own program is right, or what is missing.
    static std::string for_home(const std::string& home) {
        const auto sibling = server::sibling_for(home);
        return sibling ? sibling->value_or("") : sibling.error().what;
    }
    [[nodiscard]] std::string for_venv(const std::string& text) const {
        std::ofstream(directory_ / "pyvenv.cfg") << text;
        return for_home(directory_.path());
    }
    void make_prefix(const std::string& version) const {
        fs::create_directories(directory_ / ("lib/python" + version));
        std::ofstream(directory_ / ("lib/python" + version + "/os.py")) << '\n';
    }

    const fs::path program_;
    test::TempDir directory_;
};

TEST_F(ServerSibling, IsToldByAVirtualEnvironment) {
    install();
    EXPECT_EQ(for_venv("home = /usr/bin\nversion = " + kOther + ".0\n"), program_.string());
    EXPECT_EQ(for_venv("home = /usr/bin\nversion = " + kOther + "\n"), program_.string());
    EXPECT_EQ(
        for_venv("home = /usr/bin\nversion_info = " + kOther + ".0.final.0\n"), program_.string()
    );
    EXPECT_EQ(for_venv("version=" + kOther + ".0\n"), program_.string());
}

TEST_F(ServerSibling, IsToldByAPrefix) {
    install();
    make_prefix(kOther);
    EXPECT_EQ(for_home(directory_.path()), program_.string());
    make_prefix("3.98");  // now it says nothing
    EXPECT_EQ(for_home(directory_.path()), "");
}

TEST_F(ServerSibling, IsNotNeededForOurOwnVersion) {
    install();
    EXPECT_EQ(for_venv("version = " + interp::python_version() + "\n"), "");
}

// The sentence says which Python it is, what should be where, and what there is instead.
TEST_F(ServerSibling, IsMissedWhereItIsNotInstalled) {
    const std::string own = interp::python_version();
    const std::string expected = directory_.path() + " is a Python " + kOther +
                                 ", and the program for it, " + program_.string() +
                                 ", is not installed; this one has Python " +
                                 own.substr(0, own.rfind('.')) + " in it";
    EXPECT_EQ(for_venv("version = " + kOther + ".0\n"), expected);
    std::ofstream(program_) << "not to be run\n";
    EXPECT_EQ(for_venv("version = " + kOther + ".0\n"), expected);
}

TEST_F(ServerSibling, IsNotGuessed) {
    install();
    EXPECT_EQ(for_home(""), "");
    EXPECT_EQ(for_home(directory_.path()), "");
    EXPECT_EQ(for_home("/nowhere/at/all"), "");
    EXPECT_EQ(for_venv("version =\n"), "");
    EXPECT_EQ(for_venv("version\n"), "");
    EXPECT_EQ(for_venv("version = 3\n"), "");
    EXPECT_EQ(for_venv("version = 3.\n"), "");
    EXPECT_EQ(for_venv("version = three.thirteen\n"), "");
    EXPECT_EQ(for_venv("home = version = " + kOther + "\n"), "");
}

// Root reads it, and it is a tenant's: a pipe that nobody writes into, or a file without an end.
TEST_F(ServerSibling, IsNotToldByWhatIsNoSmallFile) {
    install();
    const fs::path config = directory_ / "pyvenv.cfg";
    ASSERT_EQ(::mkfifo(config.c_str(), 0600), 0);
    EXPECT_EQ(for_home(directory_.path()), "");
    fs::remove(config);
    fs::create_symlink("/dev/zero", config);
    EXPECT_EQ(for_home(directory_.path()), "");
    fs::remove(config);
    std::ofstream(config) << "version = " << kOther << ".0\n";
    EXPECT_EQ(for_home(directory_.path()), program_.string());
    fs::resize_file(config, 1ULL << 40);
    EXPECT_EQ(for_home(directory_.path()), "");
}

// A version is a name in our own directory, never a path out of it.
TEST_F(ServerSibling, StaysBesideUs) {
    install();
    const std::string away = "../" + program_.filename().string();
    for (const std::string& version : {"x/" + away, "3./../" + away, std::string("/bin/sh")}) {
        EXPECT_EQ(for_venv("version = " + version + "\n"), "") << version;
    }
    EXPECT_EQ(for_venv("version = " + kOther + "/../" + away + "\n"), program_.string());
}

TEST_F(ServerSibling, IsListed) {
    const auto is_listed = [] {
        return std::ranges::count(server::installed_siblings(), kOther) == 1;
    };
    EXPECT_FALSE(is_listed());
    install();
    EXPECT_TRUE(is_listed());
    const auto all = server::installed_siblings();
    EXPECT_TRUE(std::ranges::is_sorted(all));
}

TEST(ServerDisplayName, ReplacesTheGroup) {
    config::DaemonGroup group;
    group.name = "blue";
    EXPECT_EQ(server::display_name_of(group), "");
    group.display_name = "%{GROUP}";
    EXPECT_EQ(server::display_name_of(group), "(wsgi:blue)");
    group.display_name = "my processes";
    EXPECT_EQ(server::display_name_of(group), "my processes");
}

}  // namespace
