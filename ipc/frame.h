// Frames: what travels on every socketpair of ours. A header of 12 bytes in the machine's own order
// (both ends are on one machine), then the payload. Values and views; no I/O.
//
// On a link, between an event loop of a server process (S) and a daemon process (D). `stream` is
// the number of a request; 0 in kReady, kStop and kEcho, which are about the link. Each end counts
// its frames (FrameHeader::sequence), so that the other one notices when somebody else, who has the
// descriptor, has received some of them.
//
//   kHead        S  a request's head (ipc/messages.h); kLast: it has no body
//                D  the head of its answer; kWithBody: and bytes of its body; kLast: there is
//                   nothing more of it, the last word
//   kBody        S  body bytes: at most kBodyMax of them, and never more than the window has room
//                D  the same; kLast: the last word
//   kEnd         S  the request's body is complete
//                D  the answer is: the last word
//   kAbort       S  without kLast: the body will never be complete, an answer is still wanted;
//                   with kLast: nobody wants one
//                D  the answer will not be completed: the last word. Its payload is the reason
//   kWindow      S  room for so many more body bytes of the answer (u32)
//                D  the same for the request's; 0: the application reads, so that a client that
//                   waits for "100 Continue" is to get it
//   kDescriptor  D  the body is bytes of a file (offset, count), whose descriptor comes with this
//                   frame, or was left behind, because the kernel did not take it; behind a kHead
//                   with kWithFile, and only there: until it is here S can still answer that it has
//                   no descriptor free
//   kReady       D  the first frame of all: this process did start
//   kStop        D  no further request is wanted here; those that run are answered
//   kEcho        S  does all that is said arrive? Not again before it has been answered
//                D  the same, at once
//
// With its last word D is done with a request, and S may use the number again: what S has said of
// the old one before that, D drops. S has no last word, and says nothing more after D's.
//
// Between the supervisor and a child. `stream` is 0.
//
//   kSetup       to a daemon process, the first: all that it needs to know (ipc/setup.h)
//   kLink        to both ends of a new link: which one it is, and the descriptor of its socket
//   kReady       from a child: it serves; once more: all is answered, and its Python ends
//   kGone        to a child: the process at the other end of its links has died; from a server
//                process: a link is lost, because it has ended, its process does not speak the
//                protocol any more, or has said that it ends and has not. It is to be replaced
//   kGroupDown   to a server process: no process of a group can be started; requests are to be
//                refused, not kept waiting
//   kListener    to a server process: a listening socket that takes the place of another (a u32
//   with
//                the number of its endpoint, a u8 that is 1 where it is such another itself, in
//                which clients may wait, and a text that says what it was like when it was made);
//                from one: a listening socket is not what it was
//   kStop        to a child: finish what runs, then exit; from a child: a signal wants it to stop,
//                and it goes on until it is told to
#pragma once

#include <sys/socket.h>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/foreign/disposal.h"
#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace ipc {

enum class FrameType : std::uint8_t {
    kHead = 1,
    kBody,
    kEnd,
    kAbort,
    kWindow,
    kDescriptor,
    kSetup,
    kLink,
    kReady,
    kGone,
    kGroupDown,
    kStop,
    kListener,
    kEcho,
};
constexpr auto kFrameTypeLast = FrameType::kEcho;

struct FrameHeader {
    std::uint32_t size = 0;  // of the payload, bytes
    std::uint32_t stream = 0;
    FrameType type = FrameType::kHead;
    std::uint8_t flags = 0;
    std::uint8_t descriptors = 0;  // how many travel with this frame
    std::uint8_t sequence = 0;     // frames that its end has sent before it, modulo 256
};
static_assert(sizeof(FrameHeader) == 12);

constexpr std::uint8_t kLast = 1;                     // no body, or no more of it, follows
constexpr std::uint8_t kWithFile = 2;                 // of D's kHead: the body is a kDescriptor
constexpr std::uint8_t kWithBody = 4;                 // of D's kHead: body bytes come with it
constexpr std::size_t kBodyMax = 64 * 1024;           // body bytes of one frame
constexpr std::size_t kPayloadMax = 4 * 1024 * 1024;  // anything larger is a protocol error
constexpr std::size_t kDescriptorsMax = 250;          // of one frame
// Of one message, the kernel's limit (SCM_MAX_FD). Whoever receives has room for them all: what has
// no room is closed by the kernel in the receiving thread, and closing may take long.
constexpr std::size_t kDescriptorsPerMessage = 253;
constexpr std::uint32_t kWindow =
    256 * 1024;  // bytes a sender may be ahead of its receiver, per stream and direction

struct Frame {
    FrameHeader header;
    base::Bytes payload;  // valid until the next FrameReader::next() or space()
    [[nodiscard]] bool is_last() const { return (header.flags & kLast) != 0; }
};

// What waits to be sent: bytes, and descriptors that belong to places among them. What finds no
// memory (std::bad_alloc) has added nothing, but for close(), behind which drop() is needed.
// Not thread-safe; a lock or a loop thread guards it.
class Outbox {
public:
    [[nodiscard]] bool is_empty() const { return start_ == bytes_.size(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size() - start_; }

    void frame(FrameType type, std::uint32_t stream, std::uint8_t flags, base::Bytes payload);
    void frame_with(
        FrameType type, std::uint32_t stream, std::vector<base::Fd> descriptors, base::Bytes payload
    );
    // For payloads that are written in place: open(), append to bytes(), close(). `flags` may be
    // decided at the end.
    std::size_t open(FrameType type, std::uint32_t stream);
    std::string& bytes() { return bytes_; }
    void close(std::size_t opened, std::uint8_t flags);
    // It has become too large for a frame (kPayloadMax), or is not wanted after all: as if it had
    // never been opened, nor what stands behind it.
    void drop(std::size_t opened);
    [[nodiscard]] std::size_t opened_size(std::size_t opened) const {
        return bytes_.size() - opened - sizeof(FrameHeader);
    }

    // Where a frame stands, whatever has been sent meanwhile; of the one that is added next.
    using Place = std::uint64_t;
    [[nodiscard]] Place next_place() const { return gone_ + bytes_.size(); }
    // That one is the last of its stream (kLast) after all. False: the kernel may have its header.
    [[nodiscard]] bool mark_last(Place place);

    // Nobody has anything to send for now: gives back a large block.
    void rest();
    // None of what waits will be sent.
    void drop_all();
    // The frames of both go out in one order: those of this one behind all that the other has.
    void count_on_from(const Outbox& other) { sequence_ = other.sequence_; }

    // A last word of kLastWordMax bytes will fit, whatever is added until then: it takes no memory
    // that may not be there. keep_promise() before it is written.
    static constexpr std::size_t kLastWordMax = 32;
    void promise_last_word();
    void keep_promise() { promised_ -= kLastWordMax; }
    // Descriptors that wait to be sent.
    [[nodiscard]] std::size_t waiting_descriptors() const { return attached_.size(); }

    // Points `message` at what one sendmsg(2) may send, which lives until sent() or the next
    // change. Empty: false.
    struct Message {
        msghdr header{};
        iovec part{};
        alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
    };
    bool prepare(Message& message);
    void sent(std::size_t count);
    // The kernel carries no descriptors now. Where the message that prepare() has made begins with
    // the file of an answer, that frame goes without it, and says so. False: it begins with
    // something else.
    bool leave_file_behind();

private:
    struct Attached {
        std::size_t at;  // index into bytes_ of the frame that they belong to
        std::vector<base::Fd> descriptors;
    };
    void make_room(std::size_t size);
    void shrink(std::size_t kept);

    std::string bytes_;
    std::size_t start_ = 0;
    Place gone_ = 0;                  // bytes that stood before bytes_
    std::size_t promised_ = 0;        // of its capacity, behind bytes_
    std::uint8_t sequence_ = 0;       // of the next frame
    std::vector<Attached> attached_;  // few; an empty one costs nothing
};

// Bytes and descriptors as they arrive → frames. Treats the other end as hostile: every length is
// checked, and what it may make us keep is bounded.
class FrameReader {
public:
    // What is more is an error.
    struct Bounds {
        std::size_t payload = kPayloadMax;  // of a frame
        // That wait for their frame: a hostile process could send the frames' first bytes alone.
        std::size_t descriptors = 2 * kDescriptorsMax;
        // So is a frame that does not follow the one before it.
        bool is_gapless = false;
    };
    // `lane`: where what nobody takes is closed.
    explicit FrameReader(
        Bounds bounds, base::DisposalLane lane = base::DisposalLane("processes of ours")
    )
        : bounds_(bounds), lane_(std::move(lane)) {}
    FrameReader() : FrameReader(Bounds{}) {}

    // Where one recvmsg(2) may put its bytes; at least kReadMin of them. Grows while reads fill it.
    struct Space {
        char* data;
        std::size_t size;
    };
    Space space();
    void received(std::size_t count);
    void received(base::Fd descriptor) { descriptors_.emplace_back(std::move(descriptor), lane_); }

    // Points `message` at that space, and at room for the descriptors that may come with the bytes.
    struct Message {
        msghdr header{};
        iovec part{};
        alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsPerMessage * sizeof(int))];
    };
    void prepare(Message& message);
    // What one recvmsg(2) has put there. A descriptor that this process could not take, because it
    // has too many open already, keeps its place and is not open: no frame gets that of another.
    void received(Message& message, std::size_t count);

    // The next whole frame, nothing when more bytes are needed, or an error after which the socket
    // must be closed.
    base::Result<std::optional<Frame>> next();
    // A descriptor of the frame that next() returned last; in order. Not open if the other end sent
    // too few.
    base::ForeignFd take_descriptor();
    // Nobody expects anything for now: gives back a large block. Not while a receive is in flight.
    void rest();
    // There is one that rest() would give back.
    [[nodiscard]] bool is_large() const;
    // The next block is a small one again, until much comes: for whoever waits for bytes in it.
    void forget_size() { wanted_ = kWantedFirst; }

private:
    static constexpr std::size_t kReadMin = 4096;
    static constexpr std::size_t kWantedFirst = 2 * kReadMin;
    Bounds bounds_;
    base::DisposalLane lane_;
    std::unique_ptr<char[]> block_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t wanted_ = kWantedFirst;
    std::uint8_t sequence_ = 0;  // of the next frame
    std::deque<base::ForeignFd> descriptors_;
    std::size_t announced_ =
        0;  // descriptors of the frame that next() returned last, not yet taken
};

}  // namespace ipc
