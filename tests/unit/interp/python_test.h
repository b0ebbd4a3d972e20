// PythonTest: one Runtime for the whole test program, a Worker and a log for each test,
// applications as text.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/system/log.h"
#include "interp/worker.h"
#include "tests/unit/interp/fake_task.h"

namespace test {

class Observer : public interp::BlockObserver {
public:
    void on_blocked() noexcept override { ++blocked; }
    void on_unblocked() noexcept override { ++unblocked; }
    int blocked = 0;
    int unblocked = 0;
};

// The Python of this program, started at the first call, ended after the last test.
interp::Runtime& python();
// A directory of this program's run; `home` and `path` in it are Settings::home and the one entry
// of python_path.
const std::filesystem::path& temporary_directory();

class PythonTest : public testing::Test {
protected:
    PythonTest();
    ~PythonTest() override;

    // Writes a script and returns its path; a new one for each call.
    std::string script(const std::string& source);
    void write(const std::string& path, const std::string& source);
    // Runs the task with that script in the test's Worker.
    void run(FakeTask& task, const std::string& source);
    void run_file(FakeTask& task, const std::string& path);
    // What `expression` is, evaluated with `environ` in an application; its str().
    std::string evaluate(FakeTask& task, const std::string& expression);
    std::string evaluate(const std::string& expression);
    [[nodiscard]] std::string log() const;

    Observer observer_;
    std::shared_ptr<base::Log> log_;
    std::unique_ptr<interp::Worker> worker_;

private:
    std::string log_path_;
};

}  // namespace test
