// Fields of a section, which come in pieces: a name or a value may be cut anywhere by the end of
// the input. A field that is whole in one piece of input is copied once, when it ends; of one that
// is not, what there is goes to the section's fields at once.
//
//     name, value → in the input ──end──→ whole, and copied
//                        └──end of the input──→ kept (begun in the fields) ──end──→ whole
//
// A part of Tokenizer: the same thread, the same life.
#pragma once

#include "core/base/bytes.h"
#include "http/characters.h"
#include "http/headers.h"

namespace http {

class FieldCollector {
public:
    // Input begins; whole fields go `into`, which lives until the next call.
    void begin_input(Headers& into) {
        fields_ = &into;
        field_ = {};
    }
    // It ends; what has come of a field is kept, the rest will follow.
    void end_input() {
        if (!is_kept_ && !field_.name.empty()) {
            fields_->begin_field();
            fields_->extend_name(field_.name);
            fields_->extend_value(field_.value);
            is_kept_ = true;
        }
    }

    // A piece of the current field. Without a kept one, the input has it as a whole.
    void add_name(base::Bytes piece) {
        if (is_kept_) {
            fields_->extend_name(piece);
        } else {
            field_ = {piece, {}};
        }
    }
    void add_value(base::Bytes piece) {
        if (is_kept_) {
            fields_->extend_value(piece);
        } else {
            field_.value = piece;
        }
    }
    // The field as it stands in the fields now.
    Header end_field() {
        if (is_kept_) {
            is_kept_ = false;
            return fields_->end_field();
        }
        const Header whole{field_.name, trimmed(field_.value)};
        fields_->add(whole.name, whole.value);
        field_ = {};
        return whole;
    }
    [[nodiscard]] std::size_t count() const { return fields_->size(); }

private:
    Headers* fields_ = nullptr;
    Header field_;          // in the input
    bool is_kept_ = false;  // it began in earlier input: it is in `*fields_`
};

}  // namespace http
