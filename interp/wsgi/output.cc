#include "interp/wsgi/output.h"

#include <algorithm>
#include <utility>

#include "interp/wsgi/errors.h"
#include "interp/wsgi/lent_bytes.h"

namespace interp {
namespace {

// RFC 9110 section 6.4.1: no content follows, and no length is made up for one that is not there.
bool has_no_content(int status) { return status == 204 || status == 304; }

// How much of a body that nobody gets is asked for: all of most, so that what stands behind the
// last yield runs as it does for GET, and not for ever of one without an end, whose client may have
// gone without our noticing.
constexpr std::uint64_t kUnseenMax = 1024 * 1024;

// Copying fewer bytes costs less than lending them.
constexpr std::size_t kWorthLending = 32 * 1024;

base::Bytes bytes_of(PyObject* bytes) {
    return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

// Whoever has it besides us keeps it: the list that it is in, or the iterable's last item, and our
// caller go with the response. What nobody keeps is copied instead, and its memory is free for the
// next, rather than that many such objects wait for their clients.
bool is_kept(PyObject* object) {
    constexpr Py_ssize_t kOfResponse = 2;
    return Py_REFCNT(object) > kOfResponse;
}

}  // namespace

void Output::begin(TaskGate& gate) {
    gate_ = &gate;
    invalid_length_.clear();
    is_started_ = false;
    is_head_sent_ = false;
    is_client_gone_ = false;
    omits_body_ = false;
    remaining_.reset();
    was_cut_ = false;
}

void Output::accept(std::string&& invalid_length) {
    if (is_started_) {
        std::swap(gate_->task().response, second_);
    }
    if (!invalid_length.empty() || !invalid_length_.empty()) {
        invalid_length_ = std::move(invalid_length);
    }
    is_started_ = true;
}

bool Output::is_ready() {
    if (!is_started_) {
        PyErr_SetString(
            PyExc_RuntimeError,
            "start_response() must be called before response content is produced"
        );
        return false;
    }
    if (!invalid_length_.empty()) {
        PyErr_Format(
            PyExc_ValueError, "invalid Content-Length header value: '%s'", invalid_length_.c_str()
        );
        return false;
    }
    return true;
}

void Output::prepare_head(std::optional<std::uint64_t> default_length) {
    http::Response& response = gate_->task().response;
    const bool is_head = gate_->task().request.is_head();
    if (!response.content_length && !has_no_content(response.status)) {
        response.content_length = default_length;
    }
    remaining_ = response.content_length;
    omits_body_ = is_head || has_no_content(response.status);
    if (omits_body_ && !remaining_) {
        remaining_ = kUnseenMax;
    }
    is_head_sent_ = true;
}

base::Bytes Output::within_length(base::Bytes bytes) {
    if (!remaining_) {
        return bytes;
    }
    if (bytes.size() > *remaining_) {
        if (!std::exchange(was_cut_, true) && gate_->task().response.content_length) {
            ThreadLog::mine().say(
                base::LogLevel::kInfo,
                "The response is longer than its Content-Length; what is too much is dropped."
            );
        }
        bytes = bytes.substr(0, static_cast<std::size_t>(*remaining_));
    }
    *remaining_ -= bytes.size();
    return omits_body_ ? base::Bytes{} : bytes;
}

Sent Output::result_of(const base::Result<>& result) {
    if (!result) {
        is_client_gone_ = true;
    }
    return is_client_gone_ ? Sent::kClientGone : Sent::kYes;
}

// The head, and what of the body there is for it, which are bytes of `owner`. Where that is all of
// the body, it need not be copied.
base::Result<> Output::respond(
    const TaskGate::Turn& turn, PyObject* owner, base::Bytes first, bool is_last
) {
    const bool is_whole = remaining_ == 0U;
    if (is_whole && first.size() >= kWorthLending && PyBytes_CheckExact(owner) && is_kept(owner)) {
        LentBytes& lent = LentBytes::of_process();
        if (gate_->takes_loan(turn, lent.cost_of(owner))) {
            return gate_->respond_with_loan(turn, lent.lend(owner, first.size()), is_last);
        }
    }
    return gate_->respond(turn, first, is_last);
}

// The body's next bytes, which are not empty, after the head if that is still here.
Sent Output::send_piece(const TaskGate::Turn& turn, PyObject* object) {
    Sent sent = Sent::kYes;
    if (is_head_sent_) {
        const base::Bytes bytes = within_length(bytes_of(object));
        if (!bytes.empty()) {
            sent = result_of(gate_->write(turn, bytes));
        }
    } else if (is_ready()) {
        prepare_head(std::nullopt);
        const base::Bytes bytes = within_length(bytes_of(object));
        sent = result_of(respond(turn, object, bytes, false));
    } else {
        return Sent::kRaised;
    }
    return sent == Sent::kYes && was_cut_ ? Sent::kEnough : sent;
}

Sent Output::send(PyObject* bytes) {
    if (is_client_gone_) {
        return Sent::kClientGone;
    }
    if (PyBytes_GET_SIZE(bytes) == 0) {
        is_client_gone_ = gate_->is_client_gone();
        return is_client_gone_ ? Sent::kClientGone : Sent::kYes;
    }
    const TaskGate::Turn turn(*gate_);
    return send_piece(turn, bytes);
}

Sent Output::send_all(PyObject* object) {
    base::Bytes body = object != nullptr ? bytes_of(object) : base::Bytes();
    const TaskGate::Turn turn(*gate_);
    if (is_head_sent_) {
        return body.empty() ? Sent::kYes : send_piece(turn, object);
    }
    if (!is_ready()) {
        return Sent::kRaised;
    }
    // The length of what HEAD leaves out is the application's to say: it may know that nobody looks
    // at the body.
    const bool is_head = gate_->task().request.is_head();
    prepare_head(is_head ? std::nullopt : std::optional<std::uint64_t>(body.size()));
    body = within_length(body);
    remaining_ = 0;  // what others write behind it is too much
    return result_of(respond(turn, object, body, true));
}

Sent Output::send_head() {
    const TaskGate::Turn turn(*gate_);
    if (is_head_sent_) {
        return is_client_gone_ ? Sent::kClientGone : Sent::kYes;
    }
    if (!is_ready()) {
        return Sent::kRaised;
    }
    prepare_head(std::nullopt);
    return result_of(gate_->respond(turn, {}, false));
}

std::optional<Sent> Output::send_file(const RegularFile& file) {
    const TaskGate::Turn turn(*gate_);
    if (is_head_sent_) {
        return std::nullopt;
    }
    if (!is_ready()) {
        return Sent::kRaised;
    }
    if (!gate_->takes_file(turn)) {
        return Sent::kTooMany;
    }
    prepare_head(file.available);
    const std::uint64_t count =
        omits_body_ ? 0 : std::min(file.available, remaining_.value_or(file.available));
    remaining_ = 0;  // what others write behind it is too much
    if (count == 0) {
        return result_of(gate_->respond(turn, {}, true));
    }
    if (count < gate_->task().response.content_length.value_or(0)) {
        ThreadLog::mine().say(
            base::LogLevel::kError, "The file is shorter than the Content-Length of its response."
        );
    }
    const auto sent =
        gate_->respond_with_file(turn, file.fd, file.offset, static_cast<std::size_t>(count));
    if (!sent && sent.error().fault != base::Fault::kClient) {
        ThreadLog::mine().say(base::LogLevel::kError, sent.error().what);
    }
    return result_of(sent);
}

}  // namespace interp
