// The setup message and the link message: round trips, and what is cut.
#include "ipc/setup.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ipc/wire.h"
#include "tests/unit/ipc/samples.h"

namespace {

std::string encoded_setup(const ipc::DaemonSetup& setup) {
    std::string bytes;
    ipc::encode_setup(setup, bytes);
    return bytes;
}

TEST(IpcSetup, KeepsEveryMember) {
    const ipc::DaemonSetup sent = test::sample_setup();
    const auto received = ipc::decode_setup(encoded_setup(sent));
    ASSERT_TRUE(received);
    EXPECT_EQ(received->process_group, sent.process_group);
    EXPECT_EQ(received->process_index, sent.process_index);
    EXPECT_EQ(received->identity.changes, sent.identity.changes);
    EXPECT_EQ(received->identity.uid, sent.identity.uid);
    EXPECT_EQ(received->identity.gid, sent.identity.gid);
    EXPECT_EQ(received->identity.user_name, sent.identity.user_name);
    EXPECT_EQ(received->identity.home, sent.identity.home);
    EXPECT_EQ(received->new_privileges, sent.new_privileges);
    EXPECT_EQ(received->display_name, sent.display_name);
    EXPECT_EQ(received->home, sent.home);
    EXPECT_EQ(received->python_home, sent.python_home);
    EXPECT_EQ(received->python_path, sent.python_path);
    EXPECT_EQ(received->threads, sent.threads);
    EXPECT_EQ(received->stack_size, sent.stack_size);
    EXPECT_EQ(received->is_multiprocess, sent.is_multiprocess);
    EXPECT_EQ(received->server_software, sent.server_software);
    EXPECT_EQ(received->logs, sent.logs);
    ASSERT_EQ(received->hosts.size(), sent.hosts.size());
    for (std::size_t i = 0; i < sent.hosts.size(); ++i) {
        EXPECT_EQ(received->hosts[i].index, sent.hosts[i].index);
        EXPECT_EQ(received->hosts[i].log, sent.hosts[i].log);
        EXPECT_EQ(received->hosts[i].environ, sent.hosts[i].environ);
    }
    ASSERT_EQ(received->preloads.size(), sent.preloads.size());
    for (std::size_t i = 0; i < sent.preloads.size(); ++i) {
        EXPECT_EQ(received->preloads[i].script_filename, sent.preloads[i].script_filename);
        EXPECT_EQ(received->preloads[i].application_group, sent.preloads[i].application_group);
        EXPECT_EQ(received->preloads[i].checks_owner, sent.preloads[i].checks_owner);
    }
    EXPECT_EQ(received->script_owner.kind, sent.script_owner.kind);
    EXPECT_EQ(received->script_owner.id, sent.script_owner.id);
    EXPECT_EQ(received->script_owner.option, sent.script_owner.option);
}

TEST(IpcSetup, MayBeEmpty) {
    const auto received = ipc::decode_setup(encoded_setup({}));
    ASSERT_TRUE(received);
    EXPECT_EQ(received->threads, 1U);
    EXPECT_TRUE(received->hosts.empty());
}

TEST(IpcSetup, IsRefusedWhenItIsCutAnywhereOrTooLong) {
    const std::string whole = encoded_setup(test::sample_setup());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(ipc::decode_setup(std::string(whole, 0, size))) << size;
    }
    EXPECT_FALSE(ipc::decode_setup(whole + "x"));
}

// An upgrade exchanges the program of another Python version while a server runs.
TEST(IpcSetup, IsRefusedFromAServerOfAnotherVersion) {
    const auto error_of = [](std::string_view version) {
        std::string bytes;
        ipc::WireWriter(bytes).text(version);
        const auto received = ipc::decode_setup(bytes + "whatever that version says");
        return received ? "" : received.error().what;
    };
    const std::string what = error_of("Hoopsnake/0.0.1");
    EXPECT_NE(what.find("Hoopsnake/" HOOPSNAKE_VERSION), std::string::npos) << what;
    EXPECT_NE(what.find("Hoopsnake/0.0.1: restart the server"), std::string::npos) << what;
    EXPECT_NE(error_of("name of a group").find("another version"), std::string::npos);
}

TEST(IpcSetup, FailsOrIsSafeWhenAnyByteIsChanged) {
    const std::string whole = encoded_setup(test::sample_setup());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(~bytes[at]);
        if (const auto received = ipc::decode_setup(bytes)) {
            EXPECT_EQ(encoded_setup(*received).size(), whole.size());
        }
    }
}

TEST(IpcLink, KeepsEveryMember) {
    std::string bytes;
    ipc::encode_link({1, 2, 3, 0xffffffff}, bytes);
    const auto link = ipc::decode_link(bytes);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->group, 1U);
    EXPECT_EQ(link->process, 2U);
    EXPECT_EQ(link->server, 3U);
    EXPECT_EQ(link->loop, 0xffffffffU);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(ipc::decode_link(std::string(bytes, 0, size))) << size;
    }
}

}  // namespace
