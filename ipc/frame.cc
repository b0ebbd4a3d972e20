#include "ipc/frame.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/base/check.h"

namespace ipc {
namespace {

// What a link keeps while nothing travels on it; a batch of small requests or answers fits.
constexpr std::size_t kKept = 32 * 1024;

}  // namespace

// Behind all that has been promised.
void Outbox::make_room(std::size_t size) {
    const std::size_t needed = bytes_.size() + size + promised_;
    if (needed > bytes_.capacity()) {
        bytes_.reserve(std::max(needed, 2 * bytes_.capacity()));
    }
}

void Outbox::promise_last_word() {
    make_room(kLastWordMax);
    promised_ += kLastWordMax;
}

void Outbox::frame(FrameType type, std::uint32_t stream, std::uint8_t flags, base::Bytes payload) {
    make_room(sizeof(FrameHeader) + payload.size());
    const FrameHeader header{
        static_cast<std::uint32_t>(payload.size()), stream, type, flags, 0, sequence_++};
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
    bytes_.append(payload);
}

void Outbox::frame_with(
    FrameType type, std::uint32_t stream, std::vector<base::Fd> descriptors, base::Bytes payload
) {
    CHECK(descriptors.size() <= kDescriptorsMax);
    make_room(sizeof(FrameHeader) + payload.size());
    const auto count = static_cast<std::uint8_t>(descriptors.size());
    if (!descriptors.empty()) {
        attached_.push_back({bytes_.size(), std::move(descriptors)});
    }
    const FrameHeader header{
        static_cast<std::uint32_t>(payload.size()), stream, type, 0, count, sequence_++};
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
    bytes_.append(payload);
}

std::size_t Outbox::open(FrameType type, std::uint32_t stream) {
    const std::size_t opened = bytes_.size();
    frame(type, stream, 0, {});
    return opened;
}

void Outbox::close(std::size_t opened, std::uint8_t flags) {
    make_room(0);  // what has been written in place may stand where something was promised
    FrameHeader header;
    std::memcpy(&header, bytes_.data() + opened, sizeof header);
    header.size = static_cast<std::uint32_t>(bytes_.size() - opened - sizeof header);
    header.flags = flags;
    std::memcpy(bytes_.data() + opened, &header, sizeof header);
}

void Outbox::drop(std::size_t opened) {
    if (opened == bytes_.size()) {
        return;
    }
    FrameHeader header;
    std::memcpy(&header, bytes_.data() + opened, sizeof header);
    sequence_ = header.sequence;
    bytes_.resize(opened);
}

bool Outbox::mark_last(Place place) {
    if (place < gone_ + start_) {
        return false;
    }
    const auto at = static_cast<std::size_t>(place - gone_) + offsetof(FrameHeader, flags);
    bytes_[at] = static_cast<char>(bytes_[at] | kLast);
    return true;
}

void Outbox::rest() {
    if (is_empty()) {
        shrink(kKept);
    }
}

void Outbox::drop_all() {
    gone_ += bytes_.size();
    bytes_.clear();
    start_ = 0;
    attached_.clear();
}

// An empty one to `kept`, and what it has promised.
void Outbox::shrink(std::size_t kept) {
    if (bytes_.capacity() <= kept + promised_) {
        return;
    }
    std::string smaller;
    try {
        smaller.reserve(promised_);
    } catch (const std::bad_alloc&) {
        return;  // then it stays large
    }
    smaller.swap(bytes_);
}

bool Outbox::prepare(Message& message) {
    if (is_empty()) {
        return false;
    }
    std::size_t end = bytes_.size();
    message.header = {};
    message.header.msg_iov = &message.part;
    message.header.msg_iovlen = 1;
    auto next = attached_.begin();
    // Descriptors ride on the first byte of their frame, so a message starts or ends there.
    if (next != attached_.end() && next->at == start_) {
        const std::size_t count = next->descriptors.size();
        message.header.msg_control = message.control;
        message.header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        cmsghdr* control = CMSG_FIRSTHDR(&message.header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(count * sizeof(int));
        for (std::size_t i = 0; i < count; ++i) {
            const int fd = next->descriptors[i].get();
            std::memcpy(CMSG_DATA(control) + i * sizeof(int), &fd, sizeof fd);
        }
        ++next;
    }
    if (next != attached_.end()) {
        end = next->at;
    }
    message.part = {bytes_.data() + start_, end - start_};
    return true;
}

void Outbox::sent(std::size_t count) {
    if (count > 0 && !attached_.empty() && attached_.front().at == start_) {
        attached_.erase(attached_.begin());
    }
    start_ += count;
    CHECK(start_ <= bytes_.size());
    if (start_ == bytes_.size()) {
        gone_ += start_;
        bytes_.clear();
        start_ = 0;
        constexpr std::size_t kKeep = 256 * 1024;
        shrink(kKeep);
    } else if (start_ > bytes_.size() / 2) {
        gone_ += start_;
        bytes_.erase(0, start_);
        for (Attached& attached : attached_) {
            attached.at -= start_;
        }
        start_ = 0;
    }
}

bool Outbox::leave_file_behind() {
    if (attached_.empty() || attached_.front().at != start_) {
        return false;
    }
    FrameHeader header;
    std::memcpy(&header, bytes_.data() + start_, sizeof header);
    if (header.type != FrameType::kDescriptor) {
        return false;
    }
    header.descriptors = 0;
    std::memcpy(bytes_.data() + start_, &header, sizeof header);
    attached_.erase(attached_.begin());
    return true;
}

FrameReader::Space FrameReader::space() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
    if (capacity_ - end_ < wanted_) {
        const std::size_t held = end_ - begin_;
        if (capacity_ - held < wanted_) {
            const std::size_t capacity = held + wanted_;
            auto block = std::make_unique_for_overwrite<char[]>(capacity);
            if (held > 0) {
                std::memcpy(block.get(), block_.get() + begin_, held);
            }
            block_ = std::move(block);
            capacity_ = capacity;
        } else {
            std::memmove(block_.get(), block_.get() + begin_, held);
        }
        begin_ = 0;
        end_ = held;
    }
    return {block_.get() + end_, capacity_ - end_};
}

void FrameReader::received(std::size_t count) {
    constexpr std::size_t kWantedMax = 256 * 1024;
    if (count == capacity_ - end_) {
        wanted_ = std::max(wanted_, std::min(wanted_ * 2, kWantedMax));
    } else if (count < wanted_ / 8) {
        wanted_ = std::max(wanted_ / 2, kWantedFirst);
    }
    end_ += count;
    CHECK(end_ <= capacity_);
}

void FrameReader::prepare(Message& message) {
    const Space room = space();
    message.part = {room.data, room.size};
    message.header = {};
    message.header.msg_iov = &message.part;
    message.header.msg_iovlen = 1;
    message.header.msg_control = message.control;
    message.header.msg_controllen = sizeof message.control;
}

void FrameReader::received(Message& message, std::size_t count) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message.header); control != nullptr;
         control = CMSG_NXTHDR(&message.header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t descriptors = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < descriptors; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
            received(base::Fd(fd));
        }
    }
    if ((message.header.msg_flags & MSG_CTRUNC) != 0) {
        descriptors_.emplace_back();
    }
    received(count);
}

base::Result<std::optional<Frame>> FrameReader::next() {
    while (announced_ > 0) {
        take_descriptor();  // of the last frame, which nobody wanted
    }
    // A peer that sends descriptors nobody asked for must not fill our table with them. Those of a
    // frame come with its first byte, or later.
    if (descriptors_.size() > bounds_.descriptors || (begin_ == end_ && !descriptors_.empty())) {
        return base::fail(
            base::Fault::kServer, "the other process sent descriptors that belong to no frame"
        );
    }
    if (end_ - begin_ < sizeof(FrameHeader)) {
        return std::nullopt;
    }
    Frame frame;
    std::memcpy(&frame.header, block_.get() + begin_, sizeof frame.header);
    if (frame.header.size > bounds_.payload || frame.header.type < FrameType::kHead ||
        frame.header.type > kFrameTypeLast || frame.header.descriptors > kDescriptorsMax) {
        return base::fail(base::Fault::kServer, "the other process sent a malformed frame");
    }
    if (bounds_.is_gapless && frame.header.sequence != sequence_) {
        return base::fail(
            base::Fault::kServer, "frames are missing: somebody else has received from the link"
        );
    }
    if (end_ - begin_ - sizeof frame.header < frame.header.size) {
        wanted_ = std::max<std::size_t>(wanted_, frame.header.size + sizeof frame.header);
        return std::nullopt;
    }
    ++sequence_;
    announced_ = frame.header.descriptors;
    frame.payload = {block_.get() + begin_ + sizeof frame.header, frame.header.size};
    begin_ += sizeof frame.header + frame.header.size;
    return frame;
}

base::ForeignFd FrameReader::take_descriptor() {
    if (announced_ == 0) {
        return {};
    }
    --announced_;
    if (descriptors_.empty()) {
        return {};
    }
    base::ForeignFd fd = std::move(descriptors_.front());
    descriptors_.pop_front();
    return fd;
}

bool FrameReader::is_large() const { return begin_ == end_ && capacity_ > kKept; }

void FrameReader::rest() {
    if (is_large()) {
        block_.reset();
        capacity_ = begin_ = end_ = 0;
    }
}

}  // namespace ipc
