// WSGIImportScript (specification of mod_wsgi, 1.3.19 and 6.7): what is loaded before the first
// request, and how a script finds itself (6.1).
#include <gtest/gtest.h>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ImportScript : public OnLane {
protected:
    static std::string group() { return is_daemon() ? "app" : "%{GLOBAL}"; }
    // One line behind another in ${tmp}/imported, by whoever is imported.
    void write_script(const std::string& name) {
        write_file(
            tmp() / name,
            "import os, sys\nwith open('" + (tmp() / "imported") + "', 'a') as out:\n    print('" +
                name +
                "', __name__[:10], sys.argv, file=out)\n"
                "def application(environ, start_response):\n"
                "    start_response('200 OK', [])\n    return [b'answered']\n"
        );
    }
    [[nodiscard]] std::string imported() const { return read_file(tmp() / "imported"); }
};
INSTANTIATE_TEST_SUITE_P(, ImportScript, testing::ValuesIn(both_modes()), name_of);

TEST_P(ImportScript, Case79_IsLoadedBeforeTheFirstRequestInTheOrderOfTheFile) {
    for (const char* name : {"one.py", "two.py", "three.py"}) {
        write_script(name);
    }
    Server& server = start(
        "WSGIImportScript ${tmp}/one.py application-group=a process-group=" + group() +
        "\nWSGIScriptAlias /two ${tmp}/two.py application-group=a process-group=" + group() +
        "\nWSGIImportScript ${tmp}/three.py application-group=a process-group=" + group() + "\n"
    );
    const std::string all =
        "one.py _mod_wsgi_ ['mod_wsgi']\ntwo.py _mod_wsgi_ ['mod_wsgi']\nthree.py _mod_wsgi_ "
        "['mod_wsgi']\n";
    EXPECT_TRUE(eventually([&] { return imported() == all; })) << imported();
    EXPECT_EQ(server.get("/two").body, "answered");
    EXPECT_EQ(imported(), all) << "the module is used again";
}

TEST_P(ImportScript, ThatFailsIsToldAndHarmsNobody) {
    write_file(tmp() / "broken.py", "raise RuntimeError('cannot warm up')\n");
    Server& server = start(
        "WSGIImportScript ${tmp}/broken.py application-group=%{GLOBAL} process-group=" + group() +
        "\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/").status, 200);
    expect_traceback("RuntimeError: cannot warm up");
    expect_log("Failed to exec Python script file '.*broken.py'");
}

class ImportScriptErrors : public E2e {};

TEST_F(ImportScriptErrors, Case17_BothGroupsAreNeeded) {
    for (const auto& [options, sentence] :
         {std::pair("", "Name of WSGI application group required"),
          std::pair("process-group=%{GLOBAL}", "Name of WSGI application group required"),
          std::pair("application-group=a", "Name of WSGI process group required"),
          std::pair(
              "application-group=a process-group=no", "No WSGI daemon process called 'no'"
          )}) {
        const Outcome outcome = start_expecting_error(
            std::string("Listen 127.0.0.1:0\nWSGIImportScript /x.py ") + options + "\n"
        );
        EXPECT_NE(
            outcome.err.find(std::string("site.conf:2: WSGIImportScript: ") + sentence),
            std::string::npos
        ) << outcome.err;
    }
}

}  // namespace
}  // namespace test
