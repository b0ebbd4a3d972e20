#include "tests/support/unit/sdbm_file.h"

#include <apr_general.h>
extern "C" {  // which its header forgets
#include <apr_sdbm.h>
}

#include "core/base/check.h"

namespace test {

void write_sdbm(
    const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries
) {
    CHECK(apr_initialize() == APR_SUCCESS);
    apr_pool_t* pool = nullptr;
    CHECK(apr_pool_create(&pool, nullptr) == APR_SUCCESS);
    apr_sdbm_t* file = nullptr;
    constexpr apr_int32_t kFlags = APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_CREATE;
    CHECK(apr_sdbm_open(&file, name.c_str(), kFlags, APR_OS_DEFAULT, pool) == APR_SUCCESS);
    const auto datum = [](std::string& text) {
        return apr_sdbm_datum_t{text.data(), static_cast<int>(text.size())};
    };
    for (auto [key, value] : entries) {
        CHECK(apr_sdbm_store(file, datum(key), datum(value), APR_SDBM_REPLACE) == APR_SUCCESS);
    }
    apr_pool_destroy(pool);
}

}  // namespace test
