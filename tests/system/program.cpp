#include "tests/system/program.h"

#include "lib/process/child_process.h"
#include "tests/system/folder.h"

namespace postrider::testing {

Ran run_program(const std::vector<std::string>& command, const std::string& input,
                const std::vector<std::string>& environment) {
    const Folder folder;
    const std::string in = folder.write("in", input).string();
    const std::string out = (folder.path() / "out").string();
    const std::string err = (folder.path() / "err").string();
    std::vector<std::string> all{
        "sh", "-c", R"(in=$1 out=$2 err=$3; shift 3; exec "$@" <"$in" >"$out" 2>"$err")", "sh", in, out, err};
    all.insert(all.end(), command.begin(), command.end());
    Ran ran;
    ran.exit_code = run_command(std::move(all), {.output = {}, .environment = environment});
    ran.out = contents(out);
    ran.err = contents(err);
    return ran;
}

Ran postrider_command(const std::vector<std::string>& arguments, const std::string& input,
                      const std::vector<std::string>& environment) {
    std::vector<std::string> command{POSTRIDER_BINARY};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_program(command, input, environment);
}

Ran postrider_with(const std::filesystem::path& config, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-c", config.string()});
    return postrider_command(arguments);
}

}  // namespace postrider::testing
