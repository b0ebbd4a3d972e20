#include "core/server/logs/guarded_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/base/files/file_state.h"
#include "core/server/logs/access_list.h"

namespace server {
namespace {

constexpr int kLinksMax = 40;  // as the kernel
constexpr gid_t kFirstGroupOfPeople = 1000;

tl::unexpected<base::Error> refuse(std::string sentence) {
    return base::fail(base::Fault::kConfig, std::move(sentence));
}

tl::unexpected<base::Error> refuse_errno(int error) { return refuse(base::describe_errno(error)); }

bool is_trusted(uid_t uid) { return uid == 0 || uid == ::geteuid(); }

std::string user_name(uid_t uid) {
    const passwd* const entry = ::getpwuid(uid);
    return entry != nullptr ? entry->pw_name : fmt::format("user {}", uid);
}

std::string group_name(gid_t gid) {
    const ::group* const entry = ::getgrgid(gid);
    return entry != nullptr ? entry->gr_name : fmt::format("group {}", gid);
}

struct stat facts_of(const base::Fd& fd) {
    struct stat facts {};
    ::fstat(fd.get(), &facts);
    return facts;
}

// Where a file is or will be.
struct Spot {
    base::Fd directory;
    std::string name;
    bool is_shared = false;  // others may make files there, but not touch ours: /tmp
    bool is_ours = false;    // /proc/self/fd: the kernel's own links, to be followed
};

class Walk {
public:
    Walk(const std::string& path, const IsServedGroup& is_served)
        : rest_(path), is_served_(is_served) {}

    base::Result<Spot> to_last() {
        TRY(enter(base::Fd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), ""));
        for (;;) {
            const std::string name = take_name();
            if (is_procfs()) {
                return Spot{
                    std::move(directory_), rest_.empty() ? name : name + "/" + rest_, false, true};
            }
            const bool is_last = rest_.empty();
            base::Fd next(::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)
            );
            if (!next.is_open() && !(is_last && errno == ENOENT)) {
                return refuse_errno(errno);
            }
            const struct stat facts = facts_of(next);
            if (next.is_open() && S_ISLNK(facts.st_mode)) {
                TRY(follow(next, facts, name));
            } else if (is_last) {
                TRY(check_last(next, facts, name));
                return Spot{std::move(directory_), name, is_shared_, false};
            } else {
                TRY(enter(std::move(next), shown_ + "/" + name));
            }
        }
    }

private:
    // "." and "" never.
    std::string take_name() {
        std::string name;
        do {
            const auto slash = rest_.find('/');
            name = rest_.substr(0, slash);
            rest_ = slash == std::string::npos ? "" : rest_.substr(slash + 1);
        } while ((name.empty() || name == ".") && !rest_.empty());
        return name.empty() ? "." : name;
    }

    [[nodiscard]] bool is_procfs() const {
        struct statfs file_system {};
        return ::fstatfs(directory_.get(), &file_system) == 0 &&
               file_system.f_type == PROC_SUPER_MAGIC;
    }

    base::Result<> enter(base::Fd next, std::string shown) {
        if (!next.is_open()) {
            return refuse_errno(errno);
        }
        const struct stat facts = facts_of(next);
        if (!S_ISDIR(facts.st_mode)) {
            return refuse_errno(ENOTDIR);
        }
        const std::string name = shown.empty() ? "/" : shown;
        if (!is_trusted(facts.st_uid)) {
            return refuse(fmt::format(
                "the directory {} belongs to {}, who could put a symbolic link there that root "
                "would write through",
                name,
                user_name(facts.st_uid)
            ));
        }
        const std::string writer = TRY(other_writer(next, facts));
        if (!writer.empty() && (facts.st_mode & S_ISVTX) == 0) {
            return refuse(fmt::format(
                "{} may write the directory {}, and could put a symbolic link there that root "
                "would write through",
                writer,
                name
            ));
        }
        is_shared_ = !writer.empty();
        directory_ = std::move(next);
        shown_ = std::move(shown);
        return {};
    }

    // Who besides its owner may make names in the directory; "" is nobody.
    [[nodiscard]] base::Result<std::string> other_writer(
        const base::Fd& directory, const struct stat& facts
    ) const {
        if ((facts.st_mode & S_IWOTH) != 0) {
            return "everybody";
        }
        if ((facts.st_mode & S_IWGRP) == 0) {
            return "";  // where there is a list, this is its mask, which nobody in it goes beyond
        }
        const AccessList list = TRY(AccessList::of(directory));
        const bool is_of_people = facts.st_gid >= kFirstGroupOfPeople;
        if (list.lets_group_write() && (is_of_people || is_served_(facts.st_gid))) {
            return "the group " + group_name(facts.st_gid);
        }
        for (const uid_t user : list.writing_users()) {
            if (!is_trusted(user)) {
                return fmt::format("{}, as its access control list says,", user_name(user));
            }
        }
        for (const gid_t group : list.writing_groups()) {
            if (group != 0 || is_served_(group)) {
                return fmt::format(
                    "the group {}, as its access control list says,", group_name(group)
                );
            }
        }
        return "";
    }

    base::Result<> follow(const base::Fd& link, const struct stat& facts, const std::string& name) {
        if (is_shared_ && !is_trusted(facts.st_uid)) {
            return refuse(
                fmt::format("{}/{} is a symbolic link of {}", shown_, name, user_name(facts.st_uid))
            );
        }
        std::array<char, PATH_MAX> target;
        const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
        if (size < 0 || ++links_ > kLinksMax) {
            return refuse_errno(size < 0 ? errno : ELOOP);
        }
        const std::string text(target.data(), static_cast<std::size_t>(size));
        rest_ = rest_.empty() ? text : text + "/" + rest_;
        if (text.starts_with('/')) {
            return enter(base::Fd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), "");
        }
        return {};
    }

    base::Result<> check_last(
        const base::Fd& file, const struct stat& facts, const std::string& name
    ) const {
        if (file.is_open() && S_ISDIR(facts.st_mode)) {
            return refuse_errno(EISDIR);
        }
        if (file.is_open() && is_shared_ && (!is_trusted(facts.st_uid) || facts.st_nlink > 1)) {
            return refuse(fmt::format(
                "everybody may make files in {}, and {} is {}",
                shown_,
                name,
                is_trusted(facts.st_uid) ? std::string("known by another name, too")
                                         : user_name(facts.st_uid) + "'s"
            ));
        }
        return {};
    }

    std::string rest_;
    const IsServedGroup& is_served_;
    base::Fd directory_;
    std::string shown_;
    bool is_shared_ = false;
    int links_ = 0;
};

constexpr std::string_view kNobodyReads =
    "it is a FIFO that nobody reads; start whoever is to read it first";

// /dev/stderr and /dev/fd/1 where they are a socket, which Linux opens by no name: another number
// for the descriptor that it is.
base::Result<base::Fd> own_socket(const struct stat& facts) {
    constexpr int kShellMax = 9;  // what a shell can open
    for (int number = 0; number <= kShellMax; ++number) {
        if (base::FileIdentity::of(number) == base::FileIdentity::of(facts)) {
            base::Fd fd(::fcntl(number, F_DUPFD_CLOEXEC, kShellMax + 1));
            return fd.is_open() ? base::Result<base::Fd>(std::move(fd)) : refuse_errno(errno);
        }
    }
    return refuse("it is a socket, which is nothing to write lines into; name a file or a FIFO");
}

// At a Spot or anywhere, never waiting.
base::Result<base::Fd> open_at(int directory, const std::string& name, int flags) {
    base::Fd fd(::openat(directory, name.c_str(), flags | O_NONBLOCK | O_CLOEXEC, 0644));
    if (fd.is_open()) {
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
        return fd;
    }
    const int error = errno;
    struct stat facts {};
    if (error != ENXIO || ::fstatat(directory, name.c_str(), &facts, 0) != 0) {
        return refuse_errno(error);
    }
    if (S_ISSOCK(facts.st_mode)) {
        return own_socket(facts);
    }
    return S_ISFIFO(facts.st_mode) ? refuse(std::string(kNobodyReads)) : refuse_errno(error);
}

base::Result<base::Fd> open_spot(const Spot& spot, int flags) {
    const int no_link = spot.is_ours ? 0 : O_NOFOLLOW;
    base::Fd fd = TRY(open_at(spot.directory.get(), spot.name, flags | no_link));
    const struct stat facts = facts_of(fd);
    // It may have been exchanged since the walk.
    if (spot.is_shared && (!is_trusted(facts.st_uid) || facts.st_nlink > 1)) {
        return refuse(spot.name + " is somebody else's");
    }
    return fd;
}

base::Result<base::Fd> try_to_open(
    const std::string& path, int flags, const IsServedGroup& is_served
) {
    if (::geteuid() != 0 || !path.starts_with('/')) {
        return open_at(AT_FDCWD, path, flags);
    }
    return open_spot(TRY(Walk(path, is_served).to_last()), flags);
}

base::Result<> look_at(const std::string& path, const IsServedGroup& is_served) {
    if (::geteuid() == 0 && path.starts_with('/')) {
        TRY(Walk(path, is_served).to_last());
    }
    struct stat facts {};
    const bool is_there = ::stat(path.c_str(), &facts) == 0;
    if (is_there && (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode))) {
        // Whoever reads a log through a FIFO outlives the end of a writer: every restart is one.
        TRY(open_at(AT_FDCWD, path, O_WRONLY));
    } else if (!is_there || S_ISREG(facts.st_mode)) {
        // Whoever starts the server may have more rights than we, but not on a file system that is
        // read-only.
        const auto directory = std::filesystem::path(path).parent_path();
        const std::string written = is_there ? path : directory.string();
        if (::access(written.c_str(), W_OK) != 0 && errno == EROFS) {
            return refuse_errno(errno);
        }
    }
    return {};
}

}  // namespace

base::Result<base::Fd> open_guarded(
    const std::string& path, int flags, const IsServedGroup& is_served
) {
    auto opened = try_to_open(path, flags | O_CREAT, is_served);
    if (!opened) {
        return refuse(path + ": " + opened.error().what);
    }
    return opened;
}

std::string obstacle_to_writing(const std::string& path, const IsServedGroup& is_served) {
    const auto looked = look_at(path, is_served);
    return looked ? std::string() : path + ": " + looked.error().what;
}

}  // namespace server
