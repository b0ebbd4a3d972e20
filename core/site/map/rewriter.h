// Rewriter: mod_rewrite's two turns in the way of a request, before its file is known and once it
// is. One per mapper.
#pragma once

#include "core/site/map/mapping.h"
#include "core/site/map/site.h"
#include "core/site/rewrite/rewrite.h"

namespace site {

class Rewriter {
public:
    Rewriter();

    // Tells each step to the mapping's trace, where it has one.
    void trace(const Mapping& mapping);

    // The rules of the virtual host; null: it has none.
    Answer rewrite_url(const Site::Rewriting* rewriting, Mapping& mapping);
    // Those of the file's directory.
    Answer rewrite_file(Mapping& mapping);

private:
    RewriteMeans means_;
};

}  // namespace site
