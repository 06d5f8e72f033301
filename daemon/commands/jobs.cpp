#include "daemon/commands/commands.h"
#include "daemon/commands/named_job.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    bool json = false;
    std::string name;
    std::string reason;
    int limit = 20;
    long long run = 0;
};

void print(const boost::json::array& rows, bool json, const std::vector<std::string>& columns) {
    if (json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(std::cout, rows, columns);
    }
}

/// A line for each, and texts of several lines below their names.
void print_one(const boost::json::object& object) {
    for (const auto& [key, value] : object) {
        if (value.is_null()) continue;
        const std::string text(value.as_string());
        const bool long_text = text.find('\n') != std::string::npos;
        std::cout << fmt::format("{}:{}{}{}", std::string_view(key), long_text ? "\n" : " ", text,
                                 text.ends_with('\n') ? "" : "\n");
    }
}

void print(const boost::json::object& object, bool json) {
    if (json) {
        std::cout << boost::json::serialize(object) << '\n';
    } else {
        print_one(object);
    }
}

int list(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    print(list_jobs(*config), options.json,
          {"name", "schedule", "queue", "state", "next_run", "last_run", "last_status", "last_s", "mean_s",
           "max_s", "runs", "failed", "arguments"});
    return done;
}

/// Does something with the job that is named.
int with_job(const Options& options, const std::function<int(NamedJob&)>& act) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    return act(*find_job(*config, options.name));
}

int show(const Options& options) {
    return with_job(options, [&](NamedJob& job) {
        print(job.show(), options.json);
        return done;
    });
}

int show_run(const Options& options, NamedJob& job) {
    const auto run = job.show_run(options.run);
    if (!run) {
        std::cerr << fmt::format("postrider jobs history: {} has no run {}\n", options.name, options.run);
        return failed;
    }
    print(*run, options.json);
    return done;
}

int history(const Options& options) {
    return with_job(options, [&](NamedJob& job) {
        if (options.run != 0) return show_run(options, job);
        print(job.history(options.limit), options.json,
              {"id", "status", "scheduled", "started", "runtime_s", "exit_code", "signal", "reason",
               "output_size"});
        return static_cast<int>(done);
    });
}

/// Steps in, and says what then holds.
int change(const Options& options, const std::function<std::string(NamedJob&)>& what) {
    return with_job(options, [&](NamedJob& job) {
        const std::string holds = what(job);
        if (options.json) {
            print(boost::json::object{{"name", options.name}, {"what", holds}}, true);
        } else {
            std::cout << holds << '\n';
        }
        return done;
    });
}

}  // namespace

void add_jobs(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("jobs", "List recurring jobs: when they run, and what became of the last run",
                 [options] { return list(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->fallthrough();
        return below;
    };
    const auto add_named = [&](const char* name, const char* help, Action action) {
        CLI::App* below = add(name, help, std::move(action));
        below
            ->add_option("NAME", options->name,
                         "A job, or a site's task by its name or number, as the list has them")
            ->required();
        return below;
    };
    add("list", "The same", [options] { return list(*options); });
    add_named("show", "All about one job: its next run, the last one, and what is usual for it",
              [options] { return show(*options); });
    add_named("run",
              "Have a job run now, also if it is paused; its schedule stays (a site's task is due now)",
              [options] { return change(*options, [](NamedJob& job) { return job.run(); }); });
    add_named(
        "pause",
        "Let no daemon start a job by its schedule; a run under way goes on (a site's task has no next run "
        "then)",
        [options] { return change(*options, [&](NamedJob& job) { return job.pause(options->reason); }); })
        ->add_option("--reason", options->reason, "Why: it is shown");
    add_named("resume",
              "Let a paused job go on, with one run at once for all that it has missed, unless its "
              "misfire says otherwise (a site's task is due now)",
              [options] { return change(*options, [](NamedJob& job) { return job.resume(); }); });
    CLI::App* runs = add_named("history", "The last runs of a job, the latest first",
                               [options] { return history(*options); });
    runs->add_option("--limit", options->limit, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    runs->add_option("--run", options->run, "One run, by its number, with its output");
    command->footer("Jobs are configured in `jobs:`; see docs/jobs.md.");
}

}  // namespace postrider
