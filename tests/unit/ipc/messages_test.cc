// Messages: what goes in comes out, and what a hostile process has cut or changed fails or is safe
// to look at.
#include "ipc/messages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "ipc/wire.h"
#include "tests/unit/ipc/samples.h"

namespace {

using test::WholeRequest;

std::string encoded(const WholeRequest& whole) {
    std::string bytes;
    ipc::encode_request(whole.request, whole.route, whole.facts, {}, bytes);
    return bytes;
}

// Of a link that has said nothing before.
base::Result<bool> decode(base::Bytes bytes, WholeRequest& whole) {
    ipc::HeardParts heard;
    return ipc::decode_request(bytes, heard, whole.request, whole.route, whole.facts);
}

// A link, both ends.
class Link {
public:
    std::string tell(const WholeRequest& whole) {
        std::string bytes;
        ipc::encode_request(whole.request, whole.route, whole.facts, told_, bytes);
        told_.note(whole.route, whole.facts);
        return bytes;
    }
    base::Result<bool> hear(base::Bytes bytes, WholeRequest& whole) {
        return ipc::decode_request(bytes, heard_, whole.request, whole.route, whole.facts);
    }

private:
    ipc::ToldParts told_;
    ipc::HeardParts heard_;
};

std::string encoded(const http::Response& response) {
    std::string bytes;
    ipc::encode_response(response, bytes);
    return bytes;
}

void expect_equal(const WholeRequest& a, const WholeRequest& b) {
    EXPECT_EQ(a.request.method, b.request.method);
    EXPECT_EQ(a.request.target, b.request.target);
    EXPECT_EQ(a.request.authority, b.request.authority);
    EXPECT_EQ(a.request.minor, b.request.minor);
    EXPECT_EQ(a.request.chunked, b.request.chunked);
    EXPECT_EQ(a.request.expects_continue, b.request.expects_continue);
    EXPECT_EQ(a.request.content_length, b.request.content_length);
    EXPECT_EQ(test::fields_of(a.request.headers), test::fields_of(b.request.headers));
    EXPECT_EQ(a.route.host, b.route.host);
    EXPECT_EQ(a.route.process_group, b.route.process_group);
    EXPECT_EQ(a.route.application_group, b.route.application_group);
    EXPECT_EQ(a.route.callable, b.route.callable);
    EXPECT_EQ(a.route.script_filename, b.route.script_filename);
    EXPECT_EQ(a.route.script_name, b.route.script_name);
    EXPECT_EQ(a.route.path_info, b.route.path_info);
    EXPECT_EQ(a.route.handler, b.route.handler);
    EXPECT_EQ(a.route.handler_script, b.route.handler_script);
    EXPECT_EQ(a.route.reloads, b.route.reloads);
    EXPECT_EQ(a.route.links, b.route.links);
    EXPECT_EQ(a.route.environment.items(), b.route.environment.items());
    EXPECT_EQ(a.facts.remote_addr, b.facts.remote_addr);
    EXPECT_EQ(a.facts.remote_port, b.facts.remote_port);
    EXPECT_EQ(a.facts.server_addr, b.facts.server_addr);
    EXPECT_EQ(a.facts.server_port, b.facts.server_port);
    EXPECT_EQ(a.facts.server_name, b.facts.server_name);
    EXPECT_EQ(a.facts.server_port_name, b.facts.server_port_name);
    EXPECT_EQ(a.facts.listener_host, b.facts.listener_host);
    EXPECT_EQ(a.facts.is_https, b.facts.is_https);
    EXPECT_EQ(a.facts.pass_authorization, b.facts.pass_authorization);
    EXPECT_EQ(a.facts.request_id, b.facts.request_id);
    EXPECT_EQ(a.facts.server_pid, b.facts.server_pid);
    EXPECT_EQ(a.facts.request_start, b.facts.request_start);
    EXPECT_EQ(a.facts.queue_start, b.facts.queue_start);
}

TEST(IpcRequestMessage, KeepsEveryMember) {
    const WholeRequest sent = test::sample_request();
    WholeRequest received;
    ASSERT_TRUE(decode(encoded(sent), received));
    expect_equal(received, sent);
}

TEST(IpcRequestMessage, LeavesNothingOfAnEarlierOne) {
    WholeRequest received = test::sample_request();
    ASSERT_TRUE(decode(encoded(WholeRequest{}), received));
    expect_equal(received, WholeRequest{});
}

TEST(IpcRequestMessage, IsRefusedWhenItIsCutAnywhere) {
    const std::string whole = encoded(test::sample_request());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        WholeRequest received;
        EXPECT_FALSE(decode(std::string(whole, 0, size), received))
            << size << " of " << whole.size();
    }
}

TEST(IpcRequestMessage, IsRefusedWithBytesBehindIt) {
    WholeRequest received;
    EXPECT_FALSE(decode(encoded(test::sample_request()) + '\0', received));
}

TEST(IpcRequestMessage, FailsOrIsSafeWhenAnyByteIsChanged) {
    const std::string whole = encoded(test::sample_request());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char change : {'\x01', '\x7f', '\x80', '\xff'}) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            WholeRequest received;
            if (decode(bytes, received).value_or(false)) {
                // A boolean has one spelling going out and many coming in: compare what they mean.
                WholeRequest again;
                ASSERT_TRUE(decode(encoded(received), again));
                expect_equal(again, received);
            }
        }
    }
}

TEST(IpcRequestMessage, DoesNotBelieveACountOfHeadersThatCannotBeThere) {
    std::string bytes = encoded(WholeRequest{});
    bytes.replace(bytes.size() - 4, 4, "\xff\xff\xff\xff");
    WholeRequest received;
    EXPECT_FALSE(decode(bytes, received));
}

WholeRequest numbered(std::uint64_t number) {
    WholeRequest whole = test::sample_request();
    whole.route.script_name += std::to_string(number);
    whole.route.number = number;
    whole.facts.server_name += std::to_string(number);
    whole.facts.number = number;
    return whole;
}

TEST(IpcToldParts, AreToldOnce) {
    Link link;
    WholeRequest sent = numbered(7);
    WholeRequest first;
    const std::string whole = link.tell(sent);
    ASSERT_TRUE(link.hear(whole, first).value_or(false));
    expect_equal(first, sent);
    EXPECT_NE(first.route.number, 0U);
    EXPECT_NE(first.facts.number, 0U);
    sent.route.path_info = "/other";
    const std::string short_one = link.tell(sent);
    EXPECT_LT(short_one.size() + sent.route.script_filename.size(), whole.size());
    WholeRequest second;  // into one that is empty, and into one that has it already
    for (WholeRequest* const received : {&second, &first}) {
        ASSERT_TRUE(link.hear(short_one, *received).value_or(false));
        expect_equal(*received, sent);
    }
    EXPECT_EQ(second.route.number, first.route.number);
    EXPECT_EQ(second.facts.number, first.facts.number);
}

TEST(IpcToldParts, AreToldEachTimeWithoutANumber) {
    Link link;
    const WholeRequest sent = test::sample_request();
    const std::string whole = link.tell(sent);
    EXPECT_EQ(link.tell(sent).size(), whole.size());
    WholeRequest received = numbered(1);
    ASSERT_TRUE(link.hear(whole, received).value_or(false));
    EXPECT_EQ(received.route.number, 0U);
    EXPECT_EQ(received.facts.number, 0U);
}

// There are more than places.
TEST(IpcToldParts, MakeRoomForEachOther) {
    Link link;
    WholeRequest received;
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        const WholeRequest sent = numbered(random() % (i < 1000 ? 40 : ipc::kPlaces) + 1);
        ASSERT_TRUE(link.hear(link.tell(sent), received).value_or(false));
        expect_equal(received, sent);
    }
}

// Where there was no memory for them.
TEST(IpcToldParts, AreMissedByWhoHasNotKeptThem) {
    Link link;
    link.tell(numbered(7));
    WholeRequest received;
    const auto heard = link.hear(link.tell(numbered(7)), received);
    ASSERT_TRUE(heard.has_value());
    EXPECT_FALSE(*heard);
}

TEST(IpcToldParts, HaveNoOtherPlaces) {
    std::string bytes = encoded(WholeRequest{});
    WholeRequest received;
    // Behind the members of each request: three texts, three flags; a text, a port and two flags; a
    // text and three numbers.
    const std::size_t place = (3 * 4 + 3) + (4 + 2 + 2) + (4 + 4 + 8 + 8);
    ASSERT_EQ(bytes[place], 0);
    bytes[place] = static_cast<char>(ipc::kPlaces);
    EXPECT_TRUE(decode(bytes, received));
    bytes[place] = static_cast<char>(ipc::kPlaces + 1);
    EXPECT_FALSE(decode(bytes, received));
}

TEST(IpcResponseMessage, KeepsEveryMember) {
    const http::Response sent = test::sample_response();
    http::Response received;
    received.headers.add("Of", "an earlier one");
    ASSERT_TRUE(ipc::decode_response(encoded(sent), received));
    EXPECT_EQ(received.status, sent.status);
    EXPECT_EQ(received.reason, sent.reason);
    EXPECT_EQ(received.content_length, sent.content_length);
    EXPECT_EQ(test::fields_of(received.headers), test::fields_of(sent.headers));
}

TEST(IpcResponseMessage, TellsNoLengthFromALengthOfNothing) {
    for (const auto length : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(0)}) {
        http::Response sent;
        sent.content_length = length;
        http::Response received = test::sample_response();
        ASSERT_TRUE(ipc::decode_response(encoded(sent), received));
        EXPECT_EQ(received.content_length, length);
    }
}

TEST(IpcResponseMessage, IsRefusedWhenItIsCutAnywhereOrTooLong) {
    const std::string whole = encoded(test::sample_response());
    http::Response received;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(ipc::decode_response(std::string(whole, 0, size), received)) << size;
    }
    EXPECT_FALSE(ipc::decode_response(whole + "x", received));
}

ipc::Frame frame_of(base::Bytes payload, std::uint8_t flags) {
    return {
        {static_cast<std::uint32_t>(payload.size()), 1, ipc::FrameType::kHead, flags, 0, 0},
        payload};
}

TEST(IpcResponseMessage, HasItsBodyBesideItsHead) {
    const http::Response sent = test::sample_response();
    for (const std::string& body : {std::string(), std::string("\0body", 5)}) {
        std::string bytes;
        ipc::encode_response_with_body(sent, body, bytes);
        const auto said = ipc::split_response(frame_of(bytes, ipc::kWithBody));
        ASSERT_TRUE(said.has_value());
        EXPECT_EQ(said->body, body);
        EXPECT_EQ(said->head, encoded(sent));
    }
}

TEST(IpcResponseMessage, HasNoBodyThatIsNotAnnounced) {
    const auto said = ipc::split_response(frame_of("\1\0\0\0x", ipc::kLast));
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(said->body, "");
    EXPECT_EQ(said->head.size(), std::string("\1\0\0\0x").size());
}

TEST(IpcResponseMessage, IsRefusedWithABodyWhenItIsCutAnywhere) {
    std::string whole;
    ipc::encode_response_with_body(test::sample_response(), "body", whole);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut(whole, 0, size);
        const auto said = ipc::split_response(frame_of(cut, ipc::kWithBody));
        http::Response received;
        EXPECT_FALSE(said && ipc::decode_response(said->head, received)) << size;
    }
}

TEST(IpcResponseMessage, SurvivesRandomBytes) {
    std::mt19937 random(20);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 200, '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(random());
        }
        http::Response received;
        if (ipc::decode_response(bytes, received)) {
            EXPECT_EQ(encoded(received), bytes);
        }
    }
}

TEST(IpcAbortMessage, KeepsStatusAndReason) {
    std::string bytes;
    ipc::encode_abort({503, "no process"}, bytes);
    const auto abort = ipc::decode_abort(bytes);
    ASSERT_TRUE(abort);
    EXPECT_EQ(abort->status, 503);
    EXPECT_EQ(abort->reason, "no process");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(ipc::decode_abort(std::string(bytes, 0, size))) << size;
    }
}

// A reason may be the text of an application's exception, which may be of any size.
TEST(IpcAbortMessage, CutsAReasonWithoutEnd) {
    std::string bytes;
    ipc::encode_abort({500, std::string(5'000'000, 'x')}, bytes);
    const auto abort = ipc::decode_abort(bytes);
    ASSERT_TRUE(abort.has_value());
    EXPECT_EQ(abort->reason, std::string(ipc::kReasonMax, 'x'));
}

TEST(IpcResponseMessage, IsRefusedWhenItIsLargerThanAHeadMayBe) {
    http::Response response;
    response.headers.add("X", std::string(ipc::kResponsePayloadMax, 'x'));
    std::string bytes;
    ipc::encode_response(response, bytes);
    EXPECT_FALSE(ipc::decode_response(bytes, response).has_value());
}

TEST(IpcAbortMessage, NeverTellsTheClientAnythingButAnError) {
    for (const int status :
         {std::numeric_limits<int>::min(), -1, 0, 100, 200, 304, 399, 600, 70000}) {
        std::string bytes;
        ipc::encode_abort({status, ""}, bytes);
        EXPECT_EQ(ipc::decode_abort(bytes)->status, 500) << status;
    }
    for (const int status : {400, 404, 599}) {
        std::string bytes;
        ipc::encode_abort({status, ""}, bytes);
        EXPECT_EQ(ipc::decode_abort(bytes)->status, status);
    }
}

TEST(IpcFilePieceMessage, KeepsOffsetAndCount) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    for (const ipc::FilePiece piece :
         {ipc::FilePiece{0, 0}, {7, 1U << 20U}, {kMost, 0}, {0, kMost}}) {
        std::string bytes;
        ipc::encode_file_piece(piece, bytes);
        const auto received = ipc::decode_file_piece(bytes);
        ASSERT_TRUE(received);
        EXPECT_EQ(received->offset, piece.offset);
        EXPECT_EQ(received->count, piece.count);
        EXPECT_FALSE(ipc::decode_file_piece(std::string(bytes, 0, bytes.size() - 1)));
    }
}

TEST(IpcFilePieceMessage, EndsWithinWhatAFileCanBe) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
    for (const ipc::FilePiece piece :
         {ipc::FilePiece{kMost, 1}, {1, kMost}, {kMost + 1, 0}, {0, kAll}, {kAll, kAll}}) {
        std::string bytes;
        ipc::encode_file_piece(piece, bytes);
        EXPECT_FALSE(ipc::decode_file_piece(bytes)) << piece.offset << " " << piece.count;
    }
}

}  // namespace
