// RewriteCond at work. One thread; lives for one rule.
#pragma once

#include "core/config/model/rewrite_rules.h"
#include "core/site/rewrite/rewrite.h"
#include "core/site/rewrite/rewrite_expansion.h"

namespace site {

// Whether `condition` holds; what it has captured goes into `references`. An error says why it
// cannot be known.
base::Result<bool> holds(
    const config::RewriteCondition& condition,
    const Walk& walk,
    References& references,
    Expansion& expansion,
    const RewriteMeans& means
);

}  // namespace site
