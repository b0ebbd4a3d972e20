// SDBM files, which `httxt2dbm -f SDBM` makes: keys and values in NAME.pag and NAME.dir. They are
// read, and nobody waits for whoever else has them open: apr_sdbm_open() would, for the writer of a
// pipe and for locks that the files' owner may hold for good. What is read while it is being
// written may be missed. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace base {

class Dbm {
public:
    // `name` without ".pag" and ".dir".
    static Result<Dbm> open(const std::string& name);

    // The value of `key`, if there is one. An error says that the file cannot be read.
    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view key) const;

private:
    Dbm(Fd pages, Fd directory) : pages_(std::move(pages)), directory_(std::move(directory)) {}
    [[nodiscard]] Result<std::uint64_t> page_of(std::string_view key) const;

    Fd pages_;
    Fd directory_;
};

}  // namespace base
