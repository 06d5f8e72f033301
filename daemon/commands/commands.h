#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace postrider {

/// What the command line chose to do; the result is the exit code.
using Action = std::function<int()>;

/// What every command gets: where to hang its options, and where to leave its action.
struct CommandLine {
    CLI::App& app;
    Action& chosen;

    /// Adds a command that will do `action` if it is the one that was given.
    CLI::App* add(const std::string& name, const std::string& help, Action action) const;
    /// The same below another command, which then does nothing itself.
    CLI::App* add_below(CLI::App* command, const std::string& name, const std::string& help,
                        Action action) const;
};

/// Adds `-c/--config`; its default is $POSTRIDER_CONFIG, else /etc/postrider/postrider.yaml.
void add_config_option(CLI::App* command, std::filesystem::path& file);

// One function a command, in a file of its name; it adds the command to the line.
void add_run(CommandLine line);
void add_migrate(CommandLine line);
void add_check_config(CommandLine line);
void add_check(CommandLine line);
void add_send(CommandLine line);
void add_messages(CommandLine line);
void add_retry(CommandLine line);
void add_cancel(CommandLine line);
void add_channels(CommandLine line);
void add_suppressions(CommandLine line);
void add_sync(CommandLine line);
void add_forwards(CommandLine line);
void add_jobs(CommandLine line);
void add_media(CommandLine line);
void add_spool(CommandLine line);
void add_receive(CommandLine line);
void add_lookup(CommandLine line);
void add_encrypt(CommandLine line);
void add_backup(CommandLine line);
void add_restore(CommandLine line);
void add_retention(CommandLine line);
void add_export(CommandLine line);
void add_generate_key(CommandLine line);
void add_demo(CommandLine line);
void add_convert_image(CommandLine line);
void add_supervise_job(CommandLine line);
void add_describe(CommandLine line);
void add_version(CommandLine line);

}  // namespace postrider
