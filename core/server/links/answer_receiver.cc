#include "core/server/links/answer_receiver.h"

#include <utility>

#include "core/base/foreign/file_systems.h"
#include "core/base/foreign/tenant_file.h"
#include "http/response_writer.h"
#include "ipc/breach.h"
#include "ipc/messages.h"

namespace server {
void AnswerReceiver::begin() {
    answer_.clear();
    order_ = {};
    sending_ = 0;
    is_client_busy_ = false;
}

base::Result<> AnswerReceiver::on_head(const ipc::Frame& frame) {
    http::Response& response = exchange_.reply.response;
    // The answer refers to the exchange's own response, which nobody else writes in kDaemon. It is
    // checked here, as the daemon process is not believed: neither a field's end inside a field
    // (response splitting, CWE-113) nor a malformed status leaves this place.
    const ipc::HeadAndBody said = TRY(ipc::split_response(frame));
    TRY(ipc::decode_response(said.head, response));
    TRY(http::check(response));
    if (order_.awaits_file()) {
        return {};
    }
    answer_.begin(response);
    if (!said.body.empty()) {
        answer_.add_body(said.body);
        account();
    }
    if (frame.is_last()) {
        end();
    }
    return {};
}

void AnswerReceiver::on_body(const ipc::Frame& frame) {
    answer_.add_body(frame.payload);
    account();
    if (frame.is_last()) {
        end();
    }
}

base::Result<> AnswerReceiver::on_abort(const ipc::Frame& frame) {
    const ipc::Abort abort = TRY(ipc::decode_abort(frame.payload));
    // Before the head the client gets the status, or its ErrorDocument; behind it, a broken
    // connection.
    answer_.fail(abort.status);
    return {};
}

base::Result<const char*> AnswerReceiver::on_file(const ipc::Frame& frame, base::ForeignFd file) {
    const ipc::FilePiece piece = TRY(ipc::decode_file_piece(frame.payload));
    if (!exchange_.reply.response.content_length) {
        return ipc::breach("a daemon process sent a file out of place");
    }
    if (frame.header.descriptors == 0) {
        answer_.fail(503);
        return "a daemon process could not hand over the file that it answers with; its own log "
               "says why";
    }
    // Clients take as long over it as they like. Our own table may be full as well: no fault of the
    // process either.
    if (!file.is_open()) {
        answer_.fail(503);
        return "too many open files: none is left for what a daemon process sends; raise "
               "LimitNOFILE";
    }
    if (!exchange_.shares.files.take(files_, exchange_.known.host, exchange_.facts().remote_addr)) {
        // At once where that is cheap: a crowd of them is not to wait for the thread that closes
        // what a process sends, for a process is lost that has too many there.
        if (base::size_of_local_file(file.get())) {
            const base::TenantFile closed(file.trust());
        }
        answer_.fail(503);
        return nullptr;
    }
    answer_.begin(exchange_.reply.response);
    // A daemon process of ours reads whatever else it has by itself.
    if (!base::size_of_local_file(file.get())) {
        return "a daemon process handed over what is no file of a local file system; it is not "
               "sent";
    }
    answer_.add_file(file.trust(), piece.offset, piece.count);
    return nullptr;
}

void AnswerReceiver::end() {
    if (answer_.head == nullptr) {
        answer_.fail(502);
    } else {
        answer_.end();
    }
}

void AnswerReceiver::drop() { answer_.clear(); }

void AnswerReceiver::take(Answer& taken) {
    answer_.take(taken);
    // What the connection has taken counts until it takes again: it is on its way to the client,
    // who may be slow.
    sending_ = taken.size();
    is_client_busy_ = taken.has_pieces();
    account();
}

void AnswerReceiver::account() { exchange_.shares.load.hold_answer(sending_ + answer_.size()); }

}  // namespace server
