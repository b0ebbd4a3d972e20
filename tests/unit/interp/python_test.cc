#include "tests/unit/interp/python_test.h"

#include <fcntl.h>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace test {
namespace {

std::unique_ptr<interp::Runtime> the_runtime;

class EndOfPython : public testing::Environment {
public:
    void TearDown() override {
        the_runtime.reset();
        std::filesystem::remove_all(temporary_directory());
    }
};
const testing::Environment* const kEndOfPython = testing::AddGlobalTestEnvironment(new EndOfPython);

int next_number() {
    static std::atomic<int> number{0};
    return ++number;
}

}  // namespace

const std::filesystem::path& temporary_directory() {
    static const std::filesystem::path directory = [] {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "hoopsnake-python-XXXXXX").string();
        const char* made = mkdtemp(pattern.data());
        EXPECT_NE(made, nullptr);
        std::filesystem::create_directories(std::filesystem::path(pattern) / "home");
        std::filesystem::create_directories(std::filesystem::path(pattern) / "path");
        return std::filesystem::path(pattern);
    }();
    return directory;
}

interp::Runtime& python() {
    if (!the_runtime) {
        const std::filesystem::path& directory = temporary_directory();
        std::ofstream(directory / "path" / "extra.pth") << (directory / "extra").string() << '\n';
        std::filesystem::create_directories(directory / "extra");
        interp::Settings settings;
        settings.process_group = "";
        settings.home = (directory / "home").string();
        settings.python_path = {(directory / "path").string()};
        settings.threads = 4;
        settings.server_software = "Hoopsnake/test";
        settings.hosts = {
            {0, {{"SERVER_ADMIN", "[no address given]"}, {"DOCUMENT_ROOT", "/srv/www"}}},
            {7, {{"SERVER_ADMIN", "seven"}}},
        };
        auto made = interp::Runtime::create(std::move(settings));
        if (!made) {
            ADD_FAILURE() << made.error().what;
            std::abort();
        }
        the_runtime = std::move(*made);
    }
    return *the_runtime;
}

PythonTest::PythonTest()
    : log_path_((temporary_directory() / ("log" + std::to_string(next_number()))).string()) {
    log_ = std::make_shared<base::Log>(
        base::Fd(::open(log_path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)),
        base::LogLevel::kDebug
    );
    worker_ = std::make_unique<interp::Worker>(python(), 3, &observer_);
}

PythonTest::~PythonTest() = default;

std::string PythonTest::script(const std::string& source) {
    const std::string path =
        (temporary_directory() / ("script" + std::to_string(next_number()) + ".wsgi")).string();
    write(path, source);
    return path;
}

void PythonTest::write(const std::string& path, const std::string& source) {
    std::ofstream(path, std::ios::trunc) << source;
}

void PythonTest::run(FakeTask& task, const std::string& source) { run_file(task, script(source)); }

void PythonTest::run_file(FakeTask& task, const std::string& path) {
    task.route.script_filename = path;
    task.log = log_.get();
    worker_->run(task);
    EXPECT_NE(task.is_finished, task.aborted.has_value()) << "a task ends once";
}

std::string PythonTest::evaluate(FakeTask& task, const std::string& expression) {
    run(task,
        "import sys, os, threading\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [str((" +
            expression + ")).encode('utf-8')]\n");
    EXPECT_EQ(task.status(), 200) << log();
    return task.body;
}

std::string PythonTest::evaluate(const std::string& expression) {
    FakeTask task;
    return evaluate(task, expression);
}

std::string PythonTest::log() const {
    std::stringstream text;
    text << std::ifstream(log_path_).rdbuf();
    return text.str();
}

}  // namespace test
