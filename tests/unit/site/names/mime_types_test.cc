// Media types by extension: the file's syntax, and which part of a name counts.
#include "core/site/names/mime_types.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace {

using site::MimeTypes;

TEST(SiteMimeTypes, AreReadLineByLine) {
    const auto types = MimeTypes::parse(
        "# a comment\n"
        "\n"
        "text/html\t\thtml htm   shtml\r\n"
        "application/x-nothing\n"
        "image/png png # behind\n"
        "  text/plain txt"
    );
    EXPECT_EQ(types.type_of("/a/index.html"), "text/html");
    EXPECT_EQ(types.type_of("index.shtml"), "text/html");
    EXPECT_EQ(types.type_of("a.png"), "image/png");
    EXPECT_EQ(types.type_of("a.behind"), "");
    EXPECT_EQ(types.type_of("a.#"), "");
    EXPECT_EQ(types.type_of("a.txt"), "text/plain");
    EXPECT_EQ(types.type_of_extension("HTM"), "text/html");
}

TEST(SiteMimeTypes, GoByTheLastExtensionWhateverItsCase) {
    const auto types = MimeTypes::parse("text/html html\nimage/png png\n");
    EXPECT_EQ(types.type_of("/a/x.html.PNG"), "image/png");
    EXPECT_EQ(types.type_of("/a/x.png.unknown"), "");
    EXPECT_EQ(types.type_of("/a.png/x"), "");
    EXPECT_EQ(types.type_of("/a/png"), "");
    EXPECT_EQ(types.type_of("/a/x."), "");
    EXPECT_EQ(types.type_of(""), "");
}

// Apache's rule: a file named ".png" is a hidden file, not a picture.
TEST(SiteMimeTypes, TakeDotsInFrontForPartOfTheName) {
    const auto types = MimeTypes::parse("image/png png\n");
    EXPECT_EQ(types.type_of("/a/.png"), "");
    EXPECT_EQ(types.type_of("/a/...png"), "");
    EXPECT_EQ(types.type_of("/a/.x.png"), "image/png");
    EXPECT_EQ(types.type_of("/a/..."), "");
}

TEST(SiteMimeTypes, TheLastLineWins) {
    EXPECT_EQ(MimeTypes::parse("a/b x\nc/d X\n").type_of("f.x"), "c/d");
}

TEST(SiteMimeTypes, ComeFromAFileOrAreBuiltIn) {
    const test::TempDir directory;
    const std::string path = directory.path() + "/types";
    EXPECT_EQ(MimeTypes::of_system(path).type_of("a.css"), "text/css");
    EXPECT_EQ(MimeTypes::of_system(path).type_of("a.js"), "text/javascript");
    const auto missing = MimeTypes::read(path);
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().what.find(path), std::string::npos);
    std::ofstream(path) << "text/x-own css\n";
    EXPECT_EQ(MimeTypes::of_system(path).type_of("a.css"), "text/x-own");
    EXPECT_EQ(MimeTypes::of_system(path).type_of("a.js"), "");
    ASSERT_TRUE(MimeTypes::read(path));
}

// Nobody would come to its end, nor be served by a process that waits for it.
TEST(SiteMimeTypes, DoNotComeFromAFifo) {
    const test::TempDir directory;
    const std::string path = directory.path() + "/types";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const auto types = MimeTypes::read(path);
    ASSERT_FALSE(types);
    EXPECT_EQ(types.error().what, "cannot read " + path + ": it is a FIFO, and no regular file");
    EXPECT_TRUE(MimeTypes::read("/dev/null")) << "as in Apache";
}

}  // namespace
