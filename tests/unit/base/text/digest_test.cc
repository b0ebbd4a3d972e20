#include "core/base/text/digest.h"

#include <gtest/gtest.h>

namespace {

// The examples of RFC 1321, appendix A.5, and RFC 3174, section 7.3.
TEST(Digest, IsThatOfTheStandards) {
    EXPECT_EQ(base::md5(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(base::md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(base::sha1("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(base::sha1(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

}  // namespace
