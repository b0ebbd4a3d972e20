#include "core/base/dbm.h"

#include <apr_general.h>
extern "C" {  // which its header forgets
#include <apr_sdbm.h>
}
#include <fmt/format.h>

#include <array>
#include <climits>

#include "core/base/check.h"

namespace base {
namespace {

std::string status_text(apr_status_t status) {
    std::array<char, 256> text{};
    return apr_strerror(status, text.data(), text.size());
}

apr_pool_t* new_pool() {
    static const apr_status_t kStarted = apr_initialize();
    CHECK(kStarted == APR_SUCCESS);
    apr_pool_t* pool = nullptr;
    CHECK(apr_pool_create(&pool, nullptr) == APR_SUCCESS);
    return pool;
}

}  // namespace

struct Dbm::File {
    File() : pool(new_pool()) {}
    ~File() { apr_pool_destroy(pool); }  // closes the file
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    apr_pool_t* const pool;
    apr_sdbm_t* file = nullptr;
};

Dbm::Dbm(std::unique_ptr<File> file) : file_(std::move(file)) {}
Dbm::Dbm(Dbm&&) noexcept = default;
Dbm& Dbm::operator=(Dbm&&) noexcept = default;
Dbm::~Dbm() = default;

Result<Dbm> Dbm::open(const std::string& name) {
    auto file = std::make_unique<File>();
    const auto status =
        apr_sdbm_open(&file->file, name.c_str(), APR_FOPEN_READ, APR_OS_DEFAULT, file->pool);
    if (status != APR_SUCCESS) {
        return fail(Fault::kSystem, fmt::format("open {}.pag: {}", name, status_text(status)));
    }
    return Dbm(std::move(file));
}

Result<std::optional<std::string>> Dbm::find(std::string_view key) const {
    // Debian 13's library calls an empty key invalid; for earlier ones it is one that nobody has.
    if (key.empty() || key.size() > INT_MAX) {
        return std::optional<std::string>();
    }
    std::string own(key);  // the library takes keys that it might write to
    const apr_sdbm_datum_t wanted{own.data(), static_cast<int>(own.size())};
    apr_sdbm_datum_t found{};
    const auto status = apr_sdbm_fetch(file_->file, &found, wanted);
    if (status != APR_SUCCESS) {
        return fail(Fault::kSystem, fmt::format("read: {}", status_text(status)));
    }
    if (found.dptr == nullptr || found.dsize < 0) {
        return std::optional<std::string>();
    }
    return std::optional<std::string>(
        std::in_place, found.dptr, static_cast<std::size_t>(found.dsize)
    );
}

}  // namespace base
