// The payloads of kHead, kAbort and kDescriptor: requests and responses as bytes.
// Decoders take what a hostile process may have written: they fail, or leave values that are safe
// to look at; whether a response may go to a client is decided by http::check().
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/request/facts.h"
#include "core/request/route.h"
#include "http/head_limit.h"
#include "http/request.h"
#include "http/response.h"
#include "ipc/frame.h"
#include "ipc/told.h"

namespace ipc {

// `told` has to be noted once it is certain that the request goes out.
void encode_request(
    const http::Request& request,
    const request::Route& route,
    const request::Facts& facts,
    const ToldParts& told,
    std::string& out
);
// Into what held another request, or nothing. `heard`: what has been told on this link. False: this
// one refers to what there was no memory for. Where there is none now (std::bad_alloc), `heard` has
// to be emptied: what was told may not stand there.
base::Result<bool> decode_request(
    base::Bytes payload,
    HeardParts& heard,
    http::Request& request,
    request::Route& route,
    request::Facts& facts
);

void encode_response(const http::Response& response, std::string& out);
base::Result<> decode_response(base::Bytes payload, http::Response& response);

// A response's head and bytes of its body in one payload (kWithBody).
void encode_response_with_body(const http::Response& response, base::Bytes body, std::string& out);
// The two parts of a response's kHead, whose body is empty without kWithBody. Neither has been
// looked at: the head is for decode_response(), the body may be of any size.
struct HeadAndBody {
    base::Bytes head;
    base::Bytes body;
};
base::Result<HeadAndBody> split_response(const Frame& frame);

// The most that a response's head takes on the way (http::kResponseHeadMax bounds what it is made
// of).
constexpr std::size_t kResponsePayloadMax = http::kResponseHeadMax + 64;
// The largest frame that a daemon process has to send: such a head, and body bytes.
constexpr std::size_t kAnswerPayloadMax = kResponsePayloadMax + sizeof(std::uint32_t) + kBodyMax;

// Why a stream ended early. `reason` may be an application's words, which know no end: it travels
// cut to kReasonMax bytes. `status` is what the client is to see if it has seen nothing yet.
struct Abort {
    int status = 500;
    std::string reason;
};
constexpr std::size_t kReasonMax = 1024;
void encode_abort(const Abort& abort, std::string& out);
base::Result<Abort> decode_abort(base::Bytes payload);

// A piece of the file whose descriptor comes along; bytes.
struct FilePiece {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
};
void encode_file_piece(const FilePiece& piece, std::string& out);
base::Result<FilePiece> decode_file_piece(base::Bytes payload);

}  // namespace ipc
