#include "tests/support/unit/scripted_ring.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace test {
namespace {

using Kind = loop::SystemCall::Kind;

// All that the operation would like to send.
std::string outgoing(const loop::SystemCall& request) {
    if (request.kind == Kind::kSend) {
        return {static_cast<const char*>(request.address), request.count};
    }
    std::string bytes;
    if (request.kind == Kind::kSendFile) {
        bytes.resize(request.count);
        const ssize_t count = ::pread(request.file, bytes.data(), bytes.size(), request.offset);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return bytes;
    }
    const auto& message = *static_cast<const msghdr*>(request.address);
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
        bytes.append(
            static_cast<const char*>(message.msg_iov[i].iov_base), message.msg_iov[i].iov_len
        );
    }
    return bytes;
}

// Fills the message's buffers; how many bytes had room.
std::size_t fill(const loop::SystemCall& request, std::string_view bytes) {
    const auto& message = *static_cast<const msghdr*>(request.address);
    std::size_t done = 0;
    for (std::size_t i = 0; i < message.msg_iovlen && done < bytes.size(); ++i) {
        const std::size_t count = std::min(message.msg_iov[i].iov_len, bytes.size() - done);
        std::memcpy(message.msg_iov[i].iov_base, bytes.data() + done, count);
        done += count;
    }
    return done;
}

}  // namespace

ScriptedRing::~ScriptedRing() {
    for (loop::Operation* const operation : asked_) {
        operation->abandon();
    }
}

void ScriptedRing::connect(int listener, int fd) { peer(listener).connecting.push_back(fd); }

void ScriptedRing::arrive(int fd, std::string_view bytes) { peer(fd).arriving += bytes; }

void ScriptedRing::arrive_error(int fd, int error) { peer(fd).ending = error; }

void ScriptedRing::arrive_with(int fd, std::string_view bytes, std::vector<base::Fd> descriptors) {
    peer(fd).descriptors_at.push_back(peer(fd).arriving.size());
    peer(fd).descriptors.push_back(std::move(descriptors));
    peer(fd).arriving += bytes;
}

void ScriptedRing::ask(const loop::SystemCall& request, loop::Operation& operation) {
    operation.start(request);
    peer(request.fd).is_forgotten = false;
    asked_.push_back(&operation);
}

void ScriptedRing::accept(int listener, loop::Operation& operation) {
    ask({.kind = Kind::kAccept, .fd = listener}, operation);
}

void ScriptedRing::receive(int socket, loop::Operation& operation) {
    ask({.kind = Kind::kReceive, .fd = socket}, operation);
}

void ScriptedRing::receive_once(int socket, loop::Operation& operation) {
    ask({.kind = Kind::kReceiveOnce, .fd = socket}, operation);
}

void ScriptedRing::receive_message(int socket, msghdr& message, loop::Operation& operation) {
    ask({.kind = Kind::kReceiveMessage, .fd = socket, .address = &message}, operation);
}

void ScriptedRing::send(int socket, base::Bytes bytes, loop::Operation& operation) {
    ask({.kind = Kind::kSend, .fd = socket, .address = bytes.data(), .count = bytes.size()},
        operation);
}

void ScriptedRing::send_message(int socket, const msghdr& message, loop::Operation& operation) {
    ask({.kind = Kind::kSendMessage, .fd = socket, .address = &message}, operation);
}

void ScriptedRing::send_file(
    int socket, int file, off_t offset, std::size_t count, loop::Operation& operation
) {
    ask({.kind = Kind::kSendFile, .fd = socket, .file = file, .count = count, .offset = offset},
        operation);
}

void ScriptedRing::poll(int fd, short events, loop::Operation& operation) {
    ask({.kind = Kind::kPoll, .events = events, .fd = fd}, operation);
}

void ScriptedRing::watch(int fd, short events, loop::Operation& operation) {
    ask({.kind = Kind::kWatch, .events = events, .fd = fd}, operation);
}

void ScriptedRing::cancel(loop::Operation& operation) {
    if (operation.is_in_flight()) {
        operation.request.is_cancelled = true;
    }
}

void ScriptedRing::forget(int fd) {
    CHECK(std::ranges::none_of(asked_, [fd](const loop::Operation* one) {
        return one->request.fd == fd;
    }));
    peers_[fd] = Peer{};
    peers_[fd].is_forgotten = true;
}

bool ScriptedRing::is_asked(Kind kind, int fd) const {
    return std::ranges::any_of(asked_, [kind, fd](const loop::Operation* one) {
        return one->request.kind == kind && one->request.fd == fd;
    });
}

std::size_t ScriptedRing::room(int fd) const {
    const auto found = std::ranges::find_if(asked_, [fd](const loop::Operation* one) {
        return one->request.kind == Kind::kReceiveMessage && one->request.fd == fd;
    });
    return found == asked_.end()
               ? 0
               : static_cast<const msghdr*>((*found)->request.address)->msg_iov->iov_len;
}

bool ScriptedRing::can_answer(const loop::SystemCall& request) {
    const auto scripted = answers_.find({request.fd, request.kind});
    if (request.is_cancelled || (scripted != answers_.end() && !scripted->second.empty())) {
        return true;
    }
    const Peer& known = peer(request.fd);
    if (request.is_send()) {
        return !known.holds_sends;
    }
    if (request.kind == Kind::kAccept) {
        return !known.connecting.empty();
    }
    const bool reads = request.kind == Kind::kReceive || request.kind == Kind::kReceiveOnce ||
                       request.kind == Kind::kReceiveMessage;
    return reads && (!known.arriving.empty() || known.ending);
}

bool ScriptedRing::is_ready() {
    return std::ranges::any_of(asked_, [this](const loop::Operation* one) {
        return can_answer(one->request);
    });
}

void ScriptedRing::run_until_idle() {
    while (is_ready()) {
        deliver();
    }
}

void ScriptedRing::deliver() {
    std::vector<loop::Operation*> turn = asked_;
    if (order_ == Order::kShuffled) {
        std::ranges::shuffle(turn, random_);
    }
    for (loop::Operation* const operation : turn) {
        // A handler before this one may have ended, or started, anything.
        if (std::ranges::find(asked_, operation) != asked_.end() &&
            can_answer(operation->request)) {
            answer_now(*operation);
        }
    }
}

std::size_t ScriptedRing::some_of(std::size_t size) {
    if (sizes_ == Sizes::kWhole || size < 2 || random_() % 16 == 0) {
        return size;
    }
    return std::min<std::size_t>(size, 1 + random_() % 16);
}

void ScriptedRing::end(loop::Operation& operation, int result) {
    asked_.erase(std::ranges::find(asked_, &operation));
    operation.complete({.result = result, .data = {}, .more = false});
}

void ScriptedRing::answer_now(loop::Operation& operation) {
    const loop::SystemCall& request = operation.request;
    if (request.is_cancelled) {
        end(operation, -ECANCELED);
        return;
    }
    auto& scripted = answers_[{request.fd, request.kind}];
    if (!scripted.empty() && (!request.is_send() || scripted.front() <= 0)) {
        const int result = scripted.front();
        scripted.pop_front();
        if (request.is_multishot() && result > 0) {
            operation.complete({.result = result, .data = {}, .more = true});
        } else {
            end(operation, result);
        }
    } else if (request.is_send()) {
        take_bytes(operation);
    } else if (request.kind == Kind::kAccept) {
        const int fd = peer(request.fd).connecting.front();
        peer(request.fd).connecting.pop_front();
        operation.complete({.result = fd, .data = {}, .more = true});
    } else {
        give_bytes(operation);
    }
}

void ScriptedRing::take_bytes(loop::Operation& operation) {
    const loop::SystemCall& request = operation.request;
    auto& scripted = answers_[{request.fd, request.kind}];
    const std::string bytes = outgoing(request);
    std::size_t count = some_of(bytes.size());
    if (!scripted.empty()) {
        count = std::min(bytes.size(), static_cast<std::size_t>(scripted.front()));
        scripted.pop_front();
    }
    peer(request.fd).sent.append(bytes, 0, count);
    end(operation, static_cast<int>(count));
}

// As recvmsg(2): a message ends before the bytes that the next descriptors belong to.
void ScriptedRing::give_message(loop::Operation& operation) {
    Peer& known = peer(operation.request.fd);
    // The ring gets the caller's own message, as the kernel does.
    auto& message = *static_cast<msghdr*>(const_cast<void*>(operation.request.address));
    std::size_t most = known.arriving.size();
    std::vector<base::Fd> descriptors;
    if (!known.descriptors.empty() && known.descriptors_at.front() == 0) {
        descriptors = std::move(known.descriptors.front());
        known.descriptors.pop_front();
        known.descriptors_at.pop_front();
    }
    if (!known.descriptors.empty()) {
        most = std::min(most, known.descriptors_at.front());
    }
    if (descriptors.empty()) {
        message.msg_controllen = 0;
    } else {
        const std::size_t size = descriptors.size() * sizeof(int);
        CHECK(CMSG_SPACE(size) <= message.msg_controllen);
        message.msg_controllen = CMSG_SPACE(size);
        cmsghdr* const control = CMSG_FIRSTHDR(&message);
        *control = {CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
        for (std::size_t i = 0; i < descriptors.size(); ++i) {
            const int fd = descriptors[i].release();
            std::memcpy(CMSG_DATA(control) + i * sizeof(int), &fd, sizeof fd);
        }
    }
    const std::size_t count =
        fill(operation.request, std::string_view(known.arriving).substr(0, some_of(most)));
    known.arriving.erase(0, count);
    for (std::size_t& at : known.descriptors_at) {
        at -= count;
    }
    end(operation, static_cast<int>(count));
}

void ScriptedRing::give_bytes(loop::Operation& operation) {
    const loop::SystemCall& request = operation.request;
    Peer& known = peer(request.fd);
    if (known.arriving.empty()) {
        end(operation, *known.ending);
        return;
    }
    if (request.kind == Kind::kReceiveMessage) {
        give_message(operation);
        return;
    }
    const std::string piece = known.arriving.substr(0, some_of(known.arriving.size()));
    known.arriving.erase(0, piece.size());
    const bool is_last = request.kind == Kind::kReceiveOnce;
    if (is_last) {
        asked_.erase(std::ranges::find(asked_, &operation));
    }
    operation.complete({.result = static_cast<int>(piece.size()), .data = piece, .more = !is_last});
}

}  // namespace test
