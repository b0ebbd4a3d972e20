#include "ipc/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ipc/wire.h"

namespace ipc {
namespace {

constexpr std::size_t kTextBytesMin = 4;
// Before all else, whatever the rest is in whichever version: an upgrade exchanges the programs
// beside a server that runs.
constexpr std::string_view kVersion = "Hoopsnake/" HOOPSNAKE_VERSION;

base::Result<> check_version(std::string_view server) {
    if (server == kVersion) {
        return {};
    }
    const auto name = kVersion.substr(0, kVersion.find('/') + 1);
    return base::fail(
        base::Fault::kServer,
        fmt::format(
            "this program is {}, and the server that has started it {}: restart the server, or "
            "install both of one version",
            kVersion,
            server.starts_with(name) ? server : "is of another version"
        )
    );
}

void put_texts(WireWriter& writer, const std::vector<std::string>& texts) {
    writer.number(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts) {
        writer.text(text);
    }
}

std::vector<std::string> get_texts(WireReader& reader) {
    std::vector<std::string> texts(reader.count(kTextBytesMin));
    for (std::string& text : texts) {
        text = reader.text();
    }
    return texts;
}

void put_identity(WireWriter& writer, const Identity& identity) {
    writer.number(static_cast<std::uint8_t>(identity.changes));
    writer.number(identity.uid);
    writer.number(identity.gid);
    writer.text(identity.user_name);
    writer.text(identity.home);
}

Identity get_identity(WireReader& reader) {
    Identity identity;
    identity.changes = reader.boolean();
    identity.uid = reader.number<uid_t>();
    identity.gid = reader.number<gid_t>();
    identity.user_name = reader.text();
    identity.home = reader.text();
    return identity;
}

void put_host(WireWriter& writer, const DaemonSetup::Host& host) {
    writer.number(host.index);
    writer.number(host.log);
    writer.number(static_cast<std::uint32_t>(host.environ.size()));
    for (const auto& [name, value] : host.environ) {
        writer.text(name);
        writer.text(value);
    }
}

DaemonSetup::Host get_host(WireReader& reader) {
    DaemonSetup::Host host;
    host.index = reader.number<std::uint32_t>();
    host.log = reader.number<std::uint32_t>();
    host.environ.resize(reader.count(2 * kTextBytesMin));
    for (auto& [name, value] : host.environ) {
        name = reader.text();
        value = reader.text();
    }
    return host;
}

DaemonSetup::ScriptOwner get_script_owner(WireReader& reader) {
    using Kind = DaemonSetup::ScriptOwner::Kind;
    DaemonSetup::ScriptOwner owner;
    // What is no kind of owner is none that a script could have.
    owner.kind = static_cast<Kind>(
        std::min(reader.number<std::uint8_t>(), static_cast<std::uint8_t>(Kind::kNobody))
    );
    owner.id = reader.number<std::uint32_t>();
    owner.option = reader.text();
    return owner;
}

}  // namespace

void encode_setup(const DaemonSetup& setup, std::string& out) {
    WireWriter writer(out);
    writer.text(kVersion);
    writer.text(setup.process_group);
    writer.number(setup.process_index);
    put_identity(writer, setup.identity);
    writer.number(static_cast<std::uint8_t>(setup.new_privileges));
    writer.text(setup.display_name);
    writer.text(setup.home);
    writer.text(setup.python_home);
    put_texts(writer, setup.python_path);
    writer.number(setup.processes);
    writer.number(setup.threads);
    writer.number(setup.stack_size);
    writer.number(static_cast<std::uint8_t>(setup.is_multiprocess));
    writer.text(setup.server_software);
    writer.number(static_cast<std::uint32_t>(setup.logs.size()));
    for (const base::LogLevel level : setup.logs) {
        writer.number(static_cast<std::uint8_t>(level));
    }
    writer.number(static_cast<std::uint32_t>(setup.hosts.size()));
    for (const DaemonSetup::Host& host : setup.hosts) {
        put_host(writer, host);
    }
    writer.number(static_cast<std::uint32_t>(setup.preloads.size()));
    for (const DaemonSetup::Preload& preload : setup.preloads) {
        writer.text(preload.script_filename);
        writer.text(preload.application_group);
        writer.number(static_cast<std::uint8_t>(preload.checks_owner));
    }
    writer.number(static_cast<std::uint8_t>(setup.script_owner.kind));
    writer.number(setup.script_owner.id);
    writer.text(setup.script_owner.option);
}

base::Result<DaemonSetup> decode_setup(base::Bytes payload) {
    WireReader reader(payload);
    TRY(check_version(reader.text()));
    DaemonSetup setup;
    setup.process_group = reader.text();
    setup.process_index = reader.number<std::uint32_t>();
    setup.identity = get_identity(reader);
    setup.new_privileges = reader.boolean();
    setup.display_name = reader.text();
    setup.home = reader.text();
    setup.python_home = reader.text();
    setup.python_path = get_texts(reader);
    setup.processes = reader.number<std::uint32_t>();
    setup.threads = reader.number<std::uint32_t>();
    setup.stack_size = reader.number<std::uint64_t>();
    setup.is_multiprocess = reader.boolean();
    setup.server_software = reader.text();
    setup.logs.resize(reader.count(1));
    for (base::LogLevel& level : setup.logs) {
        level = static_cast<base::LogLevel>(reader.number<std::uint8_t>());
    }
    constexpr std::size_t kHostBytesMin = 12;
    for (std::uint32_t left = reader.count(kHostBytesMin); left > 0 && reader.ok(); --left) {
        setup.hosts.push_back(get_host(reader));
    }
    for (std::uint32_t left = reader.count(2 * kTextBytesMin); left > 0 && reader.ok(); --left) {
        auto& preload = setup.preloads.emplace_back();
        preload.script_filename = reader.text();
        preload.application_group = reader.text();
        preload.checks_owner = reader.boolean();
    }
    setup.script_owner = get_script_owner(reader);
    TRY(finished(reader, "the supervisor"));
    return setup;
}

void encode_link(const Link& link, std::string& out) {
    WireWriter writer(out);
    for (const std::uint32_t number :
         {link.group, link.process, link.server, link.loop, link.generation}) {
        writer.number(number);
    }
}

base::Result<Link> decode_link(base::Bytes payload) {
    WireReader reader(payload);
    Link link;
    for (std::uint32_t* number :
         {&link.group, &link.process, &link.server, &link.loop, &link.generation}) {
        *number = reader.number<std::uint32_t>();
    }
    TRY(finished(reader, "the supervisor"));
    return link;
}

}  // namespace ipc
