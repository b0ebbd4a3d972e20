#include "core/base/foreign/dbm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/base/foreign/foreign_file.h"

namespace base {
namespace {

// A page of the apr-util that httxt2dbm belongs to.
constexpr std::size_t kPageBytes = 1024;
using Page = std::array<char, kPageBytes>;
// As many bits of a hash decide about the page at most.
constexpr unsigned kBitsMax = 32;

// What lies behind the end is zeros.
Result<> read_at(const Fd& file, std::uint64_t offset, std::span<char> out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const auto count = ::pread(
            file.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done)
        );
        if (count < 0 && errno != EINTR) {
            return fail_errno("read", errno);
        }
        if (count == 0) {
            std::memset(out.data() + done, 0, out.size() - done);
            return {};
        }
        done += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    return {};
}

// Bytes are signed where this machine's char is, as in the library that has made the file.
std::uint64_t hash_of(std::string_view key) {
    constexpr std::uint64_t kFactor = 65599;
    std::uint64_t hash = 0;
    for (const char c : key) {
        hash = hash * kFactor + static_cast<std::uint64_t>(static_cast<std::int64_t>(c));
    }
    return hash;
}

// A page begins with how many numbers follow: where each key and each value begins. They stand at
// the page's end, the first key last, each value before its key.
Result<std::optional<std::string>> find_in(const Page& page, std::string_view key) {
    const auto number = [&page](std::size_t index) {
        std::int16_t value = 0;
        std::memcpy(&value, page.data() + index * sizeof value, sizeof value);
        return value < 0 ? kPageBytes + 1 : static_cast<std::size_t>(value);
    };
    const auto malformed = [] {
        return fail(Fault::kConfig, "read: a page is malformed; it is no SDBM file");
    };
    const std::size_t count = number(0);
    if (count % 2 != 0 || (count + 1) * sizeof(std::int16_t) > kPageBytes) {
        return malformed();
    }
    const std::string_view bytes(page.data(), page.size());
    std::size_t end = kPageBytes;
    for (std::size_t index = 1; index <= count; index += 2) {
        const std::size_t its_key = number(index);
        const std::size_t its_value = number(index + 1);
        if (its_key > end || its_value > its_key) {
            return malformed();
        }
        if (bytes.substr(its_key, end - its_key) == key) {
            return std::optional<std::string>(bytes.substr(its_value, its_key - its_value));
        }
        end = its_value;
    }
    return std::optional<std::string>();
}

}  // namespace

Result<Dbm> Dbm::open(const std::string& name) {
    Fd pages = TRY(open_regular_file(name + ".pag"));
    Fd directory = TRY(open_regular_file(name + ".dir"));
    return Dbm(std::move(pages), std::move(directory));
}

// The directory is a tree of bits, each of which says whether its page has been split: the next bit
// of the hash leads on.
Result<std::uint64_t> Dbm::page_of(std::string_view key) const {
    const std::uint64_t hash = hash_of(key);
    std::uint64_t node = 0;
    unsigned bits = 0;
    for (; bits < kBitsMax; ++bits) {
        std::array<char, 1> byte{};
        TRY(read_at(directory_, node / 8, byte));
        if ((static_cast<unsigned char>(byte[0]) >> (node % 8) & 1U) == 0) {
            break;
        }
        node = 2 * node + ((hash >> bits & 1U) == 0 ? 1 : 2);
    }
    return hash & ((std::uint64_t{1} << bits) - 1);
}

Result<std::optional<std::string>> Dbm::find(std::string_view key) const {
    if (key.empty()) {
        return std::optional<std::string>();
    }
    Page page;  // NOLINT(cppcoreguidelines-pro-type-member-init): read_at() fills it
    const auto number = TRY(page_of(key));
    TRY(read_at(pages_, number * kPageBytes, page));
    return find_in(page, key);
}

}  // namespace base
