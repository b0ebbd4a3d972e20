#include "core/site/mapper.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "core/site/host_table.h"
#include "core/site/url_path.h"

namespace site {
namespace {

Outcome refuse(int status, std::string reason) {
    Outcome outcome;
    outcome.status = status;
    outcome.reason = std::move(reason);
    return outcome;
}

std::string collapsed(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c != '/' || !out.ends_with('/')) {
            out.push_back(c);
        }
    }
    return out;
}

std::string without_final_slashes(std::string_view path) {
    return std::string(path.substr(0, path.find_last_not_of('/') + 1));
}

enum class FileKind { kFile, kDirectory, kOther, kMissing, kUnreachable };

FileKind kind_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.empty() ? "/" : path.c_str(), &status) != 0) {
        return errno == EACCES ? FileKind::kUnreachable : FileKind::kMissing;
    }
    return S_ISREG(status.st_mode)   ? FileKind::kFile
           : S_ISDIR(status.st_mode) ? FileKind::kDirectory
                                     : FileKind::kOther;
}

// A directory was asked for: with a final slash there is nothing to run, without one it is probably
// missing.
Outcome refuse_directory(std::string_view path, const std::string& directory) {
    if (path.ends_with('/')) {
        return refuse(403, "Attempt to invoke directory as WSGI application.: " + directory);
    }
    Outcome outcome = refuse(301, "directory without final slash: " + directory);
    outcome.location = encoded(path) + "/";
    return outcome;
}

// The path in out.path_info becomes script_name up to `at`, and path_info from there.
void split_path(Route& out, std::size_t at) {
    out.script_name.assign(out.path_info, 0, at);
    out.path_info.erase(0, at);
}

// Adds the component of out.path_info that starts at `at` to the file's name, and moves `at` behind
// it.
void append_component(Route& out, std::size_t& at) {
    const auto end = std::min(out.path_info.find('/', at), out.path_info.size());
    out.script_filename.append(out.path_info, at, end - at);
    at = end;
}

// Walks from out.script_filename down the components of out.path_info from `at` on, to the first
// regular file. The path has no
// "..", so that the walk never leaves the target (but for symbolic links, which belong to whoever
// made them).
Outcome walk(Route& out, std::size_t at) {
    auto& file = out.script_filename;
    for (;;) {
        const auto kind = kind_of(file);
        if (kind == FileKind::kFile) {
            split_path(out, at);
            return {};
        }
        if (kind == FileKind::kMissing) {
            return refuse(404, "Target WSGI script not found or unable to stat: " + file);
        }
        if (kind != FileKind::kDirectory) {
            return refuse(403, "neither a file nor a directory that can be searched: " + file);
        }
        const auto next = out.path_info.find_first_not_of('/', at);
        if (next == std::string::npos) {
            return refuse_directory(out.path_info, file);
        }
        at = next;
        file.push_back('/');
        append_component(out, at);
    }
}

void append_port(std::string& name, std::uint16_t port) {
    if (port == 0 || port == 80 || port == 443) {
        return;
    }
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), port).ptr;
    name.push_back(':');
    name.append(digits.data(), end);
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) {
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    }
}

// The only text of a request that %{HOST} lets into a name.
bool is_host_name(std::string_view name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._:[]").find(c) != std::string_view::npos;
    };
    return name.size() <= 255 && std::ranges::all_of(name, is_fine);
}

}  // namespace

Mapper::GroupName::GroupName(const std::string& written) {
    if (written == "%{SERVER}") {
        kind = Kind::kServer;
    } else if (written == "%{HOST}") {
        kind = Kind::kHost;
    } else if (written == "%{RESOURCE}") {
        kind = Kind::kResource;
    } else if (written != "%{GLOBAL}") {
        literal = written;
    }
}

// The file is the target and what follows the matched prefix, with nothing put in or taken out at
// the joint (specification of mod_wsgi, 3.4); but "//" in a file name is "/", so that only "/odd/"
// → "/w/dir" joins without any slash.
Mapper::Entry::Entry(const config::Mount& written, const config::HostSettings& settings)
    : mount(written.index),
      prefix(collapsed(written.url_path)),
      target(written.is_module ? written.target : without_final_slashes(written.target)),
      process_group(written.process_group ? *written.process_group : *settings.process_group),
      application_group(
          written.application_group ? *written.application_group : *settings.application_group
      ),
      callable(written.callable ? *written.callable : *settings.callable),
      pass_authorization(
          written.pass_authorization ? *written.pass_authorization : *settings.pass_authorization
      ) {
    is_file = written.is_module || kind_of(target) == FileKind::kFile;
    if (prefix == "/") {
        prefix.clear();
    }
    tail_at = prefix.size();
    if (prefix.ends_with('/')) {
        joins_bare = !written.is_module && !written.target.ends_with('/');
        tail_at -= joins_bare ? 0 : 1;
    }
}

bool Mapper::Entry::matches(std::string_view path) const {
    return path.starts_with(prefix) && (prefix.empty() || prefix.back() == '/' ||
                                        path.size() == prefix.size() || path[prefix.size()] == '/');
}

Mapper::Mapper(const config::Config& config) {
    for (const auto& host : config.hosts) {
        const auto settings = config::merged_settings(config, host.index);
        auto& own = hosts_.emplace_back();
        own.server_name = host.server_name;
        own.server_name_port = host.server_name_port;
        for (const auto mount : host.mounts) {
            own.entries.emplace_back(config.mounts.at(mount), settings);
        }
        if (host.index != 0) {
            for (const auto mount : config.hosts.front().mounts) {
                own.entries.emplace_back(config.mounts.at(mount), settings);
            }
        }
    }
    for (const auto& group : config.daemon_groups) {
        daemon_groups_.emplace(group.name, group.host);
    }
}

Outcome Mapper::map(const Question& question, Route& out) const {
    out.clear();
    const auto verdict = normalise(question.path, out.path_info);
    if (verdict != PathVerdict::kFine) {
        return verdict == PathVerdict::kMalformed
                   ? refuse(400, "malformed path in the request")
                   : refuse(404, "an encoded slash or zero byte in the path of the request");
    }
    const auto& host = hosts_.at(question.host);
    const auto entry = std::ranges::find_if(host.entries, [&](const Entry& e) {
        return e.matches(out.path_info);
    });
    if (entry == host.entries.end()) {
        return refuse(404, "no WSGIScriptAlias for " + out.path_info);
    }
    out.mount = entry->mount;
    out.script_filename.assign(entry->target);
    out.callable.assign(entry->callable);
    auto tail = entry->tail_at;
    if (entry->joins_bare && tail < out.path_info.size()) {
        append_component(out, tail);
    } else if (entry->is_file) {
        split_path(out, tail);
        return choose_groups(host, *entry, question, out);
    }
    if (auto walked = walk(out, tail); !walked.is_route()) {
        return walked;
    }
    return choose_groups(host, *entry, question, out);
}

// mod_wsgi takes the port of %{SERVER} and %{RESOURCE} from the Host field by default, so that a
// client could make any number of sub-interpreters. We take the one of ServerName, else the one
// where the connection arrived (specification, 4.3).
// %{HOST} is the client's by definition: its name and port as sent.
Outcome Mapper::choose_groups(
    const Host& host, const Entry& entry, const Question& question, Route& out
) const {
    const auto port = host.server_name_port != 0 ? host.server_name_port : question.local_port;
    const auto name = name_in(question.authority);
    const auto assign = [&](std::string& group, const GroupName& written) {
        using Kind = GroupName::Kind;
        if (written.kind == Kind::kLiteral) {
            group.assign(written.literal);
        } else if (written.kind == Kind::kHost && !name.empty()) {
            append_lower(group, name);
            append_port(group, port_in(question.authority));
        } else {
            group.assign(host.server_name);
            append_port(group, port);
        }
        if (written.kind == Kind::kResource) {
            group.push_back('|');
            group.append(out.script_name);
        }
    };
    if (!is_host_name(name)) {
        return refuse(400, "malformed host in the request");
    }
    assign(out.application_group, entry.application_group);
    assign(out.process_group, entry.process_group);
    auto outcome = check_process_group(host, out);
    outcome.pass_authorization = entry.pass_authorization;
    return outcome;
}

// The order and the words of the specification of mod_wsgi, 2.7 and 4.6.
Outcome Mapper::check_process_group(const Host& host, const Route& route) const {
    if (route.process_group.empty()) {
        return {};
    }
    const auto group = daemon_groups_.find(route.process_group);
    if (group == daemon_groups_.end()) {
        return refuse(
            500,
            fmt::format(
                "No WSGI daemon process called '{}' has been configured.", route.process_group
            )
        );
    }
    const auto& definer = hosts_.at(group->second);
    if (group->second != 0 && &definer != &host && definer.server_name != host.server_name) {
        return refuse(
            500,
            fmt::format(
                "Daemon process called '{}' cannot be accessed by this WSGI application.",
                route.process_group
            )
        );
    }
    return {};
}

}  // namespace site
