#include "lib/process/process_tree.h"

#include "lib/process/child_process.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace postrider {
namespace {

using ::testing::Contains;

TEST(ProcessTree, WhoeverIsJustBecomingAnotherProgramHasItsMarkToo) {
    // It does so again and again; for a moment each time the kernel knows no environment of it.
    ChildOptions options;
    options.environment = {"POSTRIDER_MARK=becoming", "AGAIN=exec sh -c \"$AGAIN\""};
    const ChildProcess becoming({"sh", "-c", "exec sh -c \"$AGAIN\""}, options);
    while (processes_with("POSTRIDER_MARK=becoming").empty()) {
    }
    for (int look = 0; look < 500; ++look)
        ASSERT_THAT(processes_with("POSTRIDER_MARK=becoming"), Contains(becoming.id())) << "look " << look;
}

TEST(ProcessTree, WhoeverIsJustBecomingAnotherProgramHasItsNameToo) {
    const std::string name = "name_of_" + std::to_string(::getpid());
    const std::string again = "exec sh -c \"$AGAIN\" " + name;
    ChildOptions options;
    options.environment = {"AGAIN=" + again};
    const ChildProcess becoming({"sh", "-c", again, name}, options);
    for (int look = 0; look < 500; ++look)
        ASSERT_THAT(command_lines(), Contains(Contains(name))) << "look " << look;
}

}  // namespace
}  // namespace postrider
