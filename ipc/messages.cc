#include "ipc/messages.h"

#include "ipc/wire.h"

namespace ipc {
namespace {

constexpr std::uint64_t kNoLength = ~0ULL;
constexpr std::size_t kTextPairBytesMin = 8;  // two lengths

void encode_headers(const http::Headers& headers, WireWriter& writer) {
    writer.number(static_cast<std::uint32_t>(headers.size()));
    for (const http::Header header : headers) {
        writer.text(header.name);
        writer.text(header.value);
    }
}

void decode_headers(WireReader& reader, http::Headers& headers) {
    headers.clear();
    for (std::uint32_t left = reader.count(kTextPairBytesMin); left > 0 && reader.ok(); --left) {
        const auto name = reader.text();
        headers.add(name, reader.text());
    }
}

void encode_length(const std::optional<std::uint64_t>& length, WireWriter& writer) {
    writer.number(length.value_or(kNoLength));
}

std::optional<std::uint64_t> decode_length(WireReader& reader) {
    const auto length = reader.number<std::uint64_t>();
    return length == kNoLength ? std::nullopt : std::optional(length);
}

// Both directions walk the same members in the same order: one list for writer and reader.
template <class Request, class Facts, class Visit>
void visit_request(Request& request, Facts& facts, Visit&& visit) {
    visit(
        request.method,
        request.target,
        request.authority,
        request.minor,
        request.chunked,
        request.expects_continue
    );
    visit(facts.remote_addr, facts.remote_port, facts.is_https, facts.pass_authorization);
    visit(facts.request_id, facts.server_pid, facts.request_start, facts.queue_start);
}

// All but path_info.
template <class Route, class Visit>
void visit_route(Route& route, Visit&& visit) {
    visit(route.host, route.process_group, route.application_group, route.callable);
    visit(route.script_filename, route.script_name);
    visit(
        route.handler,
        route.handler_script,
        route.reloads,
        route.links.looks_from,
        route.links.owner_decides,
        route.method,
        route.query,
        route.environment
    );
}

template <class Surroundings, class Visit>
void visit_surroundings(Surroundings& its, Visit&& visit) {
    visit(
        its.server_addr, its.server_port, its.server_name, its.server_port_name, its.listener_host
    );
}

struct Put {
    WireWriter& writer;
    void one(const std::string& text) { writer.text(text); }
    void one(const std::optional<std::string>& text) {
        one(text.has_value());
        writer.text(text ? *text : std::string());
    }
    void one(const request::Variables& variables) {
        writer.number(static_cast<std::uint32_t>(variables.items().size()));
        for (const auto& [name, value] : variables.items()) {
            writer.text(name);
            writer.text(value);
        }
    }
    void one(bool flag) { writer.number(static_cast<std::uint8_t>(flag)); }
    template <class T>
    void one(T number) {
        writer.number(number);
    }
    template <class... Members>
    void operator()(const Members&... members) {
        (one(members), ...);
    }
};

struct Get {
    WireReader& reader;
    // Into what held another request: most of it is the same again, which is cheaper to see than to
    // write.
    void one(std::string& text) {
        const auto bytes = reader.text();
        if (text != bytes) {
            text.assign(bytes);
        }
    }
    void one(std::optional<std::string>& text) {
        const bool has_value = reader.boolean();
        const auto bytes = reader.text();
        text = has_value ? std::optional<std::string>(bytes) : std::nullopt;
    }
    void one(bool& flag) { flag = reader.boolean(); }
    void one(request::Variables& variables) {
        variables.clear();
        for (std::uint32_t left = reader.count(kTextPairBytesMin); left > 0 && reader.ok();
             --left) {
            const auto name = reader.text();
            variables.add(name, reader.text());
        }
    }
    template <class T>
    void one(T& number) {
        number = reader.template number<T>();
    }
    template <class... Members>
    void operator()(Members&... members) {
        (one(members), ...);
    }
};

// Says where it stands. False: that is enough.
bool must_tell(Told::Place place, Put& put) {
    put(place.number, place.is_told);
    return !place.is_told;
}

// False: nothing stands there.
template <class Part, class Visit>
base::Result<bool> hear(Heard<Part>& heard, Part& part, Get& get, Visit&& visit) {
    Told::Place place;
    get(place.number, place.is_told);
    if (place.is_told) {
        const Part* const known = heard.at(place.number);
        if (known != nullptr && part.number != known->number) {
            part.number = 0;  // until all of it is there
            part = *known;
        }
        return known != nullptr;
    }
    part.number = 0;
    visit(part);
    if (place.number != 0 && (!get.reader.ok() || !heard.keep(place.number, part))) {
        return breach("the other process sent a malformed message");
    }
    return true;
}

void put_response(const http::Response& response, WireWriter& writer) {
    writer.number(response.status);
    writer.text(response.reason);
    encode_length(response.content_length, writer);
    encode_headers(response.headers, writer);
}

}  // namespace

void encode_request(
    const http::Request& request,
    const request::Route& route,
    const request::Facts& facts,
    const ToldParts& told,
    std::string& out
) {
    WireWriter writer(out);
    Put put{writer};
    visit_request(request, facts, put);
    if (must_tell(told.routes.place_of(route.number), put)) {
        visit_route(route, put);
    }
    put(route.path_info);
    if (must_tell(told.surroundings.place_of(facts.number), put)) {
        visit_surroundings(facts, put);
    }
    encode_length(request.content_length, writer);
    encode_headers(request.headers, writer);
}

base::Result<bool> decode_request(
    base::Bytes payload,
    HeardParts& heard,
    http::Request& request,
    request::Route& route,
    request::Facts& facts
) {
    WireReader reader(payload);
    Get get{reader};
    visit_request(request, facts, get);
    const bool has_route =
        TRY(hear(heard.routes, route, get, [&](request::Route& its) { visit_route(its, get); }));
    get(route.path_info);
    request::Surroundings& surroundings = facts;
    const bool has_surroundings = TRY(hear(heard.surroundings, surroundings, get, [&](auto& its) {
        visit_surroundings(its, get);
    }));
    request.content_length = decode_length(reader);
    decode_headers(reader, request.headers);
    TRY(finished(reader, "the other process"));
    return has_route && has_surroundings;
}

void encode_response(const http::Response& response, std::string& out) {
    WireWriter writer(out);
    put_response(response, writer);
}

void encode_response_with_body(const http::Response& response, base::Bytes body, std::string& out) {
    WireWriter writer(out);
    writer.text(body);
    put_response(response, writer);
}

base::Result<HeadAndBody> split_response(const Frame& frame) {
    if ((frame.header.flags & kWithBody) == 0) {
        return HeadAndBody{frame.payload, {}};
    }
    WireReader reader(frame.payload);
    const base::Bytes body = reader.text();
    if (!reader.ok()) {
        return breach("the other process sent a malformed message");
    }
    return HeadAndBody{reader.rest(), body};
}

base::Result<> decode_response(base::Bytes payload, http::Response& response) {
    if (payload.size() > kResponsePayloadMax) {
        return base::fail(base::Fault::kServer, "the other process sent a head without end");
    }
    WireReader reader(payload);
    response.status = reader.number<std::uint16_t>();
    response.reason.assign(reader.text());
    response.content_length = decode_length(reader);
    decode_headers(reader, response.headers);
    return finished(reader, "the other process");
}

void encode_abort(const Abort& abort, std::string& out) {
    WireWriter writer(out);
    writer.number(static_cast<std::int32_t>(abort.status));
    writer.text(std::string_view(abort.reason).substr(0, kReasonMax));
}

base::Result<Abort> decode_abort(base::Bytes payload) {
    WireReader reader(payload);
    Abort abort;
    abort.status = reader.number<std::int32_t>();
    abort.reason.assign(reader.text());
    TRY(finished(reader, "the other process"));
    if (abort.status < 400 || abort.status > 599) {
        abort.status = 500;
    }
    return abort;
}

void encode_file_piece(const FilePiece& piece, std::string& out) {
    WireWriter writer(out);
    writer.number(piece.offset);
    writer.number(piece.count);
}

base::Result<FilePiece> decode_file_piece(base::Bytes payload) {
    WireReader reader(payload);
    FilePiece piece;
    piece.offset = reader.number<std::uint64_t>();
    piece.count = reader.number<std::uint64_t>();
    TRY(finished(reader, "the other process"));
    constexpr std::uint64_t kOffsetMax = static_cast<std::uint64_t>(INT64_MAX);
    if (piece.offset > kOffsetMax || piece.count > kOffsetMax - piece.offset) {
        return base::fail(base::Fault::kServer, "the other process sent a malformed file piece");
    }
    return piece;
}

}  // namespace ipc
