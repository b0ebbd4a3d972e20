// The directives that say who may ask, one row each. Their containers are in access_rules.cc.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/access_values.h"

namespace config {
namespace {

constexpr Where kSections = kDirectory | kHtaccess;

constexpr Directive kAccessDirectives[] = {
    {
        .name = "Allow",
        .where = kSections,
        .arguments = "from all|address|network|host|env=[!]variable ...",
        .value = {2, kAnyNumber, apply_allow, show_allow},
        .help = "Apache 2.2: who may ask, see Order. Addresses are written as for `Require ip`, "
                "names of hosts as for `Require host`.",
        .example = "<Directory /srv>\nAllow from 192.168.1 10.0.0.0/8 env=is_trusted\n</Directory>",
        .override = override_class::kLimit,
    },
    {
        .name = "AuthMerging",
        .where = kSections,
        .arguments = "Off|And|Or",
        .value = {1, 1, apply_auth_merging, show_auth_merging},
        .help = "Whether what Require says in this section replaces what it says further out, "
                "which is `Off` and the default, or both (`And`) or one of them (`Or`) must grant.",
        .example = "<Directory /srv>\nAuthMerging And\n</Directory>",
        .override = override_class::kAuthConfig,
    },
    {
        .name = "Deny",
        .where = kSections,
        .arguments = "from all|address|network|host|env=[!]variable ...",
        .value = {2, kAnyNumber, apply_deny, show_deny},
        .help = "Apache 2.2: who may not ask, see Order and Allow.",
        .example = "<Directory /srv>\nDeny from 192.0.2.7 2001:db8::/32\n</Directory>",
        .override = override_class::kLimit,
    },
    {
        .name = "Order",
        .where = kSections,
        .arguments = "Deny,Allow|Allow,Deny|Mutual-Failure",
        .value = {1, 1, apply_order, show_order},
        .help = "Apache 2.2: `Deny,Allow` lets in who is allowed or not denied, `Allow,Deny` and "
                "`Mutual-Failure` who is allowed and not denied.",
        .example = "<Directory /srv>\nOrder Allow,Deny\n</Directory>",
        .override = override_class::kLimit,
    },
    {
        .name = "Require",
        .where = kSections,
        .arguments = "[not] all granted|all denied|ip network ...|host name ...|local|"
                     "env variable ...|method name ...|expr expression",
        .value = {1, kRestOfLine, apply_require, show_require},
        .help =
            "Who may ask: one of several lines must grant, unless they stand in "
            "`<RequireAll>`. A network is an address (`::1`), the first numbers of one "
            "(`10.1`), or an address with bits or netmask (`10.0.0.0/8`). `host example.org` is "
            "whoever's address has that name or one below it, and whose name leads back to the "
            "address: the first request of an address waits for the name server.",
        .example = "<Directory /srv>\nRequire ip 10.0.0.0/8 192.168.1 2001:db8::/32\n</Directory>",
        .override = override_class::kAuthConfig,
    },
    {
        .name = "Satisfy",
        .where = kSections,
        .arguments = "All|Any",
        .value = {1, 1, apply_satisfy, show_satisfy},
        .help = "Apache 2.2: whether both Order with its kin and Require must grant, or one of "
                "them. Without Order, Allow and Deny the former always do.",
        .example = "<Directory /srv>\nSatisfy Any\n</Directory>",
        .override = override_class::kAuthConfig,
    },
};
static_assert(
    std::ranges::is_sorted(kAccessDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> access_directives() { return kAccessDirectives; }

}  // namespace config
