// Any bytes from another process: the first byte tells in which pieces the rest arrives. Frames
// come out whole, each payload goes through every decoder, and what a decoder has accepted survives
// being encoded again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "ipc/setup.h"

namespace {

std::string encoded(
    const http::Request& request, const request::Route& route, const request::Facts& facts
) {
    std::string bytes;
    ipc::encode_request(request, route, facts, {}, bytes);
    return bytes;
}

// A flag has many spellings coming in and one going out: what was encoded once decodes to the same
// bytes for ever.
void decode_as_request(base::Bytes payload) {
    http::Request request;
    request::Route route;
    request::Facts facts;
    ipc::HeardParts heard;
    const auto decoded = ipc::decode_request(payload, heard, request, route, facts);
    if (!decoded || !*decoded) {
        return;
    }
    const std::string bytes = encoded(request, route, facts);
    CHECK(bytes.size() == payload.size());
    CHECK(ipc::decode_request(bytes, heard, request, route, facts).value_or(false));
    CHECK(encoded(request, route, facts) == bytes);
}

void decode_as_response(base::Bytes payload) {
    http::Response response;
    if (ipc::decode_response(payload, response)) {
        std::string bytes;
        ipc::encode_response(response, bytes);
        CHECK(bytes == payload);
    }
}

void decode_as_answer(const ipc::Frame& frame) {
    const auto said = ipc::split_response(frame);
    if (!said) {
        CHECK((frame.header.flags & ipc::kWithBody) != 0);
        return;
    }
    http::Response response;
    if (ipc::decode_response(said->head, response)) {
        std::string bytes;
        if ((frame.header.flags & ipc::kWithBody) != 0) {
            ipc::encode_response_with_body(response, said->body, bytes);
        } else {
            ipc::encode_response(response, bytes);
        }
        CHECK(bytes == frame.payload);
    }
}

void decode_as_setup(base::Bytes payload) {
    if (const auto setup = ipc::decode_setup(payload)) {
        std::string bytes;
        ipc::encode_setup(*setup, bytes);
        CHECK(bytes.size() == payload.size());
        const auto again = ipc::decode_setup(bytes);
        CHECK(again.has_value());
        std::string bytes_again;
        ipc::encode_setup(*again, bytes_again);
        CHECK(bytes_again == bytes);
    }
}

void decode_as_the_small_ones(base::Bytes payload) {
    if (const auto abort = ipc::decode_abort(payload)) {
        CHECK(abort->status >= 400 && abort->status <= 599);
        std::string bytes;
        ipc::encode_abort(*abort, bytes);
        const auto again = ipc::decode_abort(bytes);
        CHECK(again && again->status == abort->status);
        CHECK(again->reason == abort->reason.substr(0, ipc::kReasonMax));
    }
    if (const auto piece = ipc::decode_file_piece(payload)) {
        CHECK(static_cast<std::int64_t>(piece->offset + piece->count) >= 0);
        std::string bytes;
        ipc::encode_file_piece(*piece, bytes);
        CHECK(bytes == payload);
    }
    if (const auto link = ipc::decode_link(payload)) {
        std::string bytes;
        ipc::encode_link(*link, bytes);
        CHECK(bytes == payload);
    }
}

// A reader of the same bytes that takes no large frames and gives its block back whenever it may:
// it sees what the other sees, until it has refused.
class StrictReader {
public:
    void feed(std::string_view bytes) {
        while (!bytes.empty() && !has_refused_) {
            const ipc::FrameReader::Space space = reader_.space();
            const std::size_t count = std::min(space.size, bytes.size());
            std::memcpy(space.data, bytes.data(), count);
            reader_.received(count);
            bytes.remove_prefix(count);
        }
    }
    void expect(const ipc::Frame& frame) {
        if (has_refused_) {
            return;
        }
        const auto mine = reader_.next();
        has_refused_ = !mine.has_value();
        CHECK(has_refused_ == (frame.header.size > kPayloadMax));
        if (!has_refused_) {
            CHECK(mine->has_value() && (*mine)->payload == frame.payload);
        }
    }
    void expect_no_more() {
        if (!has_refused_) {
            const auto mine = reader_.next();
            has_refused_ = !mine.has_value();
            CHECK(has_refused_ || !mine->has_value());
            reader_.rest();
        }
    }

private:
    static constexpr std::size_t kPayloadMax = 64;
    ipc::FrameReader reader_{{.payload = kPayloadMax}};
    bool has_refused_ = false;
};

// False: the reader has refused what the other process sent.
bool read_frames(ipc::FrameReader& reader, StrictReader& strict) {
    for (;;) {
        const auto frame = reader.next();
        if (!frame) {
            CHECK(!frame.error().what.empty());
            return false;
        }
        if (!*frame) {
            strict.expect_no_more();
            return true;
        }
        strict.expect(**frame);
        CHECK((*frame)->payload.size() == (*frame)->header.size);
        decode_as_request((*frame)->payload);
        decode_as_response((*frame)->payload);
        decode_as_answer(**frame);
        decode_as_setup((*frame)->payload);
        decode_as_the_small_ones((*frame)->payload);
        CHECK(!reader.take_descriptor().is_open());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.empty()) {
        return 0;
    }
    const std::size_t step = std::size_t{1} + static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    ipc::FrameReader reader;
    StrictReader strict;
    while (!bytes.empty()) {
        const ipc::FrameReader::Space space = reader.space();
        const std::size_t count = std::min({step, space.size, bytes.size()});
        std::memcpy(space.data, bytes.data(), count);
        reader.received(count);
        strict.feed(bytes.substr(0, count));
        bytes.remove_prefix(count);
        if (!read_frames(reader, strict)) {
            break;
        }
    }
    return 0;
}
