#include "tests/support/temp_dir.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/check.h"

namespace test {

TempDir::TempDir() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/hoopsnake-test-XXXXXX";
    CHECK(::mkdtemp(path_.data()) != nullptr);
    CHECK(::chmod(path_.c_str(), 0755) == 0);
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace test
