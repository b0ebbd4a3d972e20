// mimalloc as a whole (its own static.c), and what version 2.0.9 has no function for. Linked into
// one object with allocator.cc.
#include "static.c"

// Memory that has been freed is given back only when something else is freed or allocated later in
// the same segment. Where all is quiet nothing is, and what a crowd has left behind would stay. Of
// the calling thread.
void hoopsnake_give_back_free_spans(void) {
    mi_segments_tld_t* const mine = &mi_get_default_heap()->tld->segments;
    for (mi_span_queue_t* queue = mine->spans; queue <= &mine->spans[MI_SEGMENT_BIN_MAX]; ++queue) {
        for (mi_slice_t* span = queue->first; span != NULL; span = span->next) {
            mi_segment_delayed_decommit(_mi_ptr_segment(span), true, mine->stats);
        }
    }
}
