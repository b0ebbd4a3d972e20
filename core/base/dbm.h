// SDBM files, which `httxt2dbm -f SDBM` makes: keys and values in NAME.pag and NAME.dir. Opened for
// reading only. By libaprutil; nobody else includes its headers. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace base {

class Dbm {
public:
    // `name` without ".pag" and ".dir".
    static Result<Dbm> open(const std::string& name);

    Dbm(Dbm&& other) noexcept;
    Dbm& operator=(Dbm&& other) noexcept;
    Dbm(const Dbm&) = delete;
    Dbm& operator=(const Dbm&) = delete;
    ~Dbm();

    // The value of `key`, if there is one. An error says that the file cannot be read.
    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view key) const;

private:
    struct File;
    explicit Dbm(std::unique_ptr<File> file);
    std::unique_ptr<File> file_;
};

}  // namespace base
