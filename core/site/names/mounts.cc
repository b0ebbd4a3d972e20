#include "core/site/names/mounts.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/site/names/file_walk.h"

namespace site {
namespace {

std::string without_final_slashes(std::string_view path) {
    return std::string(path.substr(0, path.find_last_not_of('/') + 1));
}

}  // namespace

std::string collapsed(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c != '/' || !out.ends_with('/')) {
            out.push_back(c);
        }
    }
    return out;
}

// The file is the target and what follows the matched prefix, with nothing put in or taken out at
// the joint (as mod_wsgi does); but "//" in a file name is "/", so that only "/odd/"
// → "/w/dir" joins without any slash.
Mounts::Entry::Entry(const config::Mount& written)
    : mount(&written),
      prefix(collapsed(written.url_path)),
      target(
          written.is_module || written.regex ? written.target
                                             : without_final_slashes(written.target)
      ) {
    is_file = !written.regex && (written.is_module || kind_of(target) == FileKind::kFile);
    if (prefix == "/") {
        prefix.clear();
    }
    tail_at = prefix.size();
    if (prefix.ends_with('/')) {
        joins_bare = !written.is_module && !written.target.ends_with('/');
        tail_at -= joins_bare ? 0 : 1;
    }
}

bool Mounts::Entry::covers(std::string_view path) const {
    return path.starts_with(prefix) && (prefix.empty() || prefix.back() == '/' ||
                                        path.size() == prefix.size() || path[prefix.size()] == '/');
}

base::Result<bool> Mounts::Entry::match(const std::string& path, Mounted& out) const {
    if (mount->regex) {
        base::Captures captures;
        const auto match = mount->regex->match(path, &captures);
        if (match == base::Match::kNo) {
            return false;
        }
        auto name = match == base::Match::kYes ? base::substitute(target, captures) : std::nullopt;
        if (!name) {
            return base::fail(
                base::Fault::kServer,
                fmt::format(
                    "{}: WSGIScriptAliasMatch {}: {}",
                    mount->place.text(),
                    mount->regex->pattern(),
                    match == base::Match::kYes ? "the name has grown too long" : "takes too long"
                )
            );
        }
        out.filename = *std::move(name);
        out.filename.append(path, captures.end);
        out.target_size = 0;
        out.is_file = false;
        out.mount = mount;
        return true;
    }
    if (!covers(path)) {
        return false;
    }
    out.mount = mount;
    out.filename.assign(target).append(path, tail_at);
    // What is joined bare belongs to the name of the target.
    out.is_file = is_file && (!joins_bare || path.size() == tail_at);
    out.target_size = joins_bare
                          ? std::min(out.filename.find('/', target.size()), out.filename.size())
                          : target.size();
    return true;
}

Mounts::Mounts(const config::Config& config) {
    entries_.reserve(config.hosts.size());
    for (const auto& host : config.hosts) {
        auto& entries = entries_.emplace_back();
        entries.reserve(host.mounts.size());
        for (const auto mount : host.mounts) {
            entries.emplace_back(config.mounts.at(mount));
        }
    }
}

base::Result<> Mounts::find(std::uint32_t host, const std::string& path, Mounted& out) const {
    out.mount = nullptr;
    for (const auto& entry : entries_[host]) {
        if (TRY(entry.match(path, out))) {
            return {};
        }
    }
    return host != 0 ? find(0, path, out) : base::Result<>();
}

}  // namespace site
