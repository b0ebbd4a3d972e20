#include "ipc/setup.h"

#include "ipc/wire.h"

namespace ipc {
namespace {

constexpr std::size_t kTextBytesMin = 4;

base::Result<> finished(const WireReader& reader) {
    if (!reader.ok() || !reader.is_at_end()) {
        return base::fail(base::Fault::kServer, "the supervisor sent a malformed message");
    }
    return {};
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

void put_mount(WireWriter& writer, const DaemonSetup::Mount& mount) {
    writer.number(mount.index);
    writer.number(static_cast<std::uint8_t>(mount.is_module));
    writer.number(mount.log);
    writer.number(static_cast<std::uint32_t>(mount.environ.size()));
    for (const auto& [name, value] : mount.environ) {
        writer.text(name);
        writer.text(value);
    }
}

DaemonSetup::Mount get_mount(WireReader& reader) {
    DaemonSetup::Mount mount;
    mount.index = reader.number<std::uint32_t>();
    mount.is_module = reader.boolean();
    mount.log = reader.number<std::uint32_t>();
    mount.environ.resize(reader.count(2 * kTextBytesMin));
    for (auto& [name, value] : mount.environ) {
        name = reader.text();
        value = reader.text();
    }
    return mount;
}

}  // namespace

void encode_setup(const DaemonSetup& setup, std::string& out) {
    WireWriter writer(out);
    writer.text(setup.process_group);
    writer.number(setup.process_index);
    put_identity(writer, setup.identity);
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
    writer.number(static_cast<std::uint32_t>(setup.mounts.size()));
    for (const DaemonSetup::Mount& mount : setup.mounts) {
        put_mount(writer, mount);
    }
    writer.number(static_cast<std::uint32_t>(setup.preloads.size()));
    for (const DaemonSetup::Preload& preload : setup.preloads) {
        writer.text(preload.script_filename);
        writer.text(preload.application_group);
    }
}

base::Result<DaemonSetup> decode_setup(base::Bytes payload) {
    WireReader reader(payload);
    DaemonSetup setup;
    setup.process_group = reader.text();
    setup.process_index = reader.number<std::uint32_t>();
    setup.identity = get_identity(reader);
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
    constexpr std::size_t kMountBytesMin = 13;
    for (std::uint32_t left = reader.count(kMountBytesMin); left > 0 && reader.ok(); --left) {
        setup.mounts.push_back(get_mount(reader));
    }
    for (std::uint32_t left = reader.count(2 * kTextBytesMin); left > 0 && reader.ok(); --left) {
        auto& preload = setup.preloads.emplace_back();
        preload.script_filename = reader.text();
        preload.application_group = reader.text();
    }
    TRY(finished(reader));
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
    TRY(finished(reader));
    return link;
}

}  // namespace ipc
