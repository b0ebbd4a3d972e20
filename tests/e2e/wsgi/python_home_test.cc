// WSGIPythonHome and python-home=, which mod_wsgi gives to Python as its home.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class PythonHome : public OnLane {
protected:
    // A virtual environment of the distribution's Python.
    void SetUp() override {
        OnLane::SetUp();
        const fs::path home = fs::path(tmp().path()) / "venv";
        const fs::path python = fs::canonical("/usr/bin/python3");
        fs::create_directories(home / "bin");
        fs::create_directories(home / "lib" / python.filename() / "site-packages");
        fs::create_symlink(python, home / "bin" / "python3");
        write_file(home / "pyvenv.cfg", "home = /usr/bin\n");
    }
};
INSTANTIATE_TEST_SUITE_P(, PythonHome, testing::ValuesIn(both_modes()), name_of);

// Somebody's shell had it when the server was started.
TEST_P(PythonHome, WinsOverTheOneOfTheEnvironment) {
    environment_["PYTHONHOME"] = tmp() / "not-there";
    in_daemon("python-home=${tmp}/venv");
    Server& server = start(
        std::string(is_daemon() ? "" : "WSGIPythonHome ${tmp}/venv\n") +
        "WSGIScriptAlias / ${apps}/shows_process.py\n"
    );
    EXPECT_EQ(
        entries_of(server.get("/").body)["prefix"], fs::canonical(tmp().path()).string() + "/venv"
    );
}

}  // namespace
}  // namespace test
